//! Why a patch cannot be made or applied, in Kubernetes' words.

use crate::base::{Fields, Value};
use std::fmt;

/// Why a patch cannot be made or applied. Its Display is Kubernetes' text.
///
/// Models `k8s.io/apimachinery/pkg/util/mergepatch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchError {
    /// The patch or the object is no JSON object.
    BadDocument,
    /// A list holds lists.
    ListOfLists,
    /// `$deleteFromPrimitiveList` is no list.
    BadPrimitiveList,
    /// `$retainKeys` is no list, or the patch sets what it does not name.
    BadRetainKeys,
    /// `$setElementOrder` is no list.
    BadElementOrder,
    /// An item lacks the field by which it is told apart.
    NoMergeKey {
        /// The item, as Go prints it.
        item: String,
        /// The field.
        key: String,
    },
    /// Another JSON type was wanted.
    WrongType {
        /// Go's name of the type that was wanted.
        expected: &'static str,
        /// Go's name of the type that was there.
        received: &'static str,
    },
    /// `$patch` says what nobody knows.
    UnknownDirective {
        /// What it says.
        directive: String,
        /// Where it stands, as Go prints it.
        item: String,
    },
    /// The kind has no such field.
    NoField {
        /// The struct.
        of: &'static str,
        /// The field.
        name: String,
    },
    /// apiVersion, kind or name would change.
    Precondition {
        /// The patch, as Go prints it.
        patch: String,
    },
    /// The JSON patch cannot be read: Go's text.
    BadJsonPatch(String),
    /// The JSON patch does not fit the object: why, which the server does not tell.
    JsonPatchRejected(String),
    /// Anything else.
    Other(String),
}

impl PatchError {
    /// The HTTP code of the server's answer.
    ///
    /// Models `interpretStrategicMergePatchError` in `k8s.io/apiserver/pkg/endpoints/handlers/patch.go`.
    pub fn code(&self) -> u16 {
        match self {
            PatchError::BadDocument
            | PatchError::BadPrimitiveList
            | PatchError::BadRetainKeys
            | PatchError::BadElementOrder
            | PatchError::BadJsonPatch(_) => 400,
            PatchError::ListOfLists | PatchError::JsonPatchRejected(_) => 422,
            _ => 500,
        }
    }

    pub(super) fn wrong_type(expected: &'static str, received: &Value) -> PatchError {
        PatchError::WrongType { expected, received: go_type(received) }
    }

    pub(super) fn no_merge_key(item: &Fields, key: &str) -> PatchError {
        PatchError::NoMergeKey { item: go_fields(item), key: key.to_owned() }
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatchError::BadDocument => f.write_str("invalid JSON document"),
            PatchError::ListOfLists => f.write_str("lists of lists are not supported"),
            PatchError::BadPrimitiveList => f.write_str("invalid patch format of primitive list"),
            PatchError::BadRetainKeys => f.write_str("invalid patch format of retainKeys"),
            PatchError::BadElementOrder => f.write_str("invalid patch format of setElementOrder list"),
            PatchError::NoMergeKey { item, key } => {
                write!(f, "map: {item} does not contain declared merge key: {key}")
            }
            PatchError::WrongType { expected, received } => {
                write!(f, "expected a {expected}, but received a {received}")
            }
            PatchError::UnknownDirective { directive, item } => {
                write!(f, "unknown patch type: {directive} in map: {item}")
            }
            PatchError::NoField { of, name } => {
                write!(f, "unable to find api field in struct {of} for the json field \"{name}\"")
            }
            PatchError::Precondition { patch } => write!(f, "precondition failed for: {patch}"),
            PatchError::JsonPatchRejected(_) => {
                f.write_str("the server rejected our request due to an error in our request")
            }
            PatchError::BadJsonPatch(text) | PatchError::Other(text) => f.write_str(text),
        }
    }
}

/// The name of the Go type that holds a JSON value.
pub(super) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A value as Go's `%v` prints it.
pub(super) fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_value).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => go_fields(fields),
        other => other.to_string(),
    }
}

/// An object as Go's `%v` prints it.
pub(super) fn go_fields(fields: &Fields) -> String {
    let inside: Vec<String> = fields.iter().map(|(key, value)| format!("{key}:{}", go_value(value))).collect();
    format!("map[{}]", inside.join(" "))
}
