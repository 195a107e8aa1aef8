//! What is wrong with one field of an object, in Kubernetes' words.

use crate::base::Value;
use crate::base::path::FieldPath;
use crate::base::text::{go_json, go_quote};
use std::collections::BTreeSet;
use std::fmt;

/// The kinds of field errors. Models `k8s.io/apimachinery/pkg/util/validation/field.ErrorType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldErrorKind {
    /// A referenced value is missing.
    NotFound,
    /// A value must be given.
    Required,
    /// A value that must be unique occurs twice.
    Duplicate,
    /// A malformed value.
    Invalid,
    /// A value outside an enumeration.
    NotSupported,
    /// A value that is not allowed under these conditions.
    Forbidden,
    /// A value with too many bytes.
    TooLong,
    /// A list with too many items.
    TooMany,
    /// A list with too few items.
    TooFew,
    /// A value with too few characters.
    TooShort,
    /// Not the user's fault.
    Internal,
    /// A value of a wrong type.
    TypeInvalid,
}

impl FieldErrorKind {
    /// The words with which an error of this kind begins.
    pub const fn words(self) -> &'static str {
        match self {
            FieldErrorKind::NotFound => "Not found",
            FieldErrorKind::Required => "Required value",
            FieldErrorKind::Duplicate => "Duplicate value",
            FieldErrorKind::Invalid | FieldErrorKind::TypeInvalid => "Invalid value",
            FieldErrorKind::NotSupported => "Unsupported value",
            FieldErrorKind::Forbidden => "Forbidden",
            FieldErrorKind::TooLong => "Too long",
            FieldErrorKind::TooMany => "Too many",
            FieldErrorKind::TooFew => "Too few",
            FieldErrorKind::TooShort => "Too short",
            FieldErrorKind::Internal => "Internal error",
        }
    }

    /// The machine-readable name, as in `status.details.causes[].reason`.
    pub const fn cause(self) -> &'static str {
        match self {
            FieldErrorKind::NotFound => "FieldValueNotFound",
            FieldErrorKind::Required => "FieldValueRequired",
            FieldErrorKind::Duplicate => "FieldValueDuplicate",
            FieldErrorKind::Invalid => "FieldValueInvalid",
            FieldErrorKind::NotSupported => "FieldValueNotSupported",
            FieldErrorKind::Forbidden => "FieldValueForbidden",
            FieldErrorKind::TooLong => "FieldValueTooLong",
            FieldErrorKind::TooMany => "FieldValueTooMany",
            FieldErrorKind::TooFew => "FieldValueTooFew",
            FieldErrorKind::TooShort => "FieldValueTooShort",
            FieldErrorKind::Internal => "InternalError",
            FieldErrorKind::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    const fn shows_value(self) -> bool {
        !matches!(
            self,
            FieldErrorKind::Required
                | FieldErrorKind::Forbidden
                | FieldErrorKind::TooLong
                | FieldErrorKind::TooShort
                | FieldErrorKind::Internal
        )
    }
}

/// One finding about one field.
///
/// Models `k8s.io/apimachinery/pkg/util/validation/field.Error`; prints as it does: `spec.replicas: Invalid value: -1:
/// must be greater than or equal to 0`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// The field.
    pub path: FieldPath,
    /// What is wrong.
    pub kind: FieldErrorKind,
    /// The value that is wrong, where it is shown.
    pub value: Option<Value>,
    /// More words; may be empty.
    pub detail: String,
}

impl FieldError {
    /// An error of any kind.
    pub fn new(path: FieldPath, kind: FieldErrorKind, value: Option<Value>, detail: impl Into<String>) -> FieldError {
        FieldError { path, kind, value, detail: detail.into() }
    }

    /// The message without the path, as in `status.details.causes[].message`.
    pub fn body(&self) -> String {
        let mut body = self.kind.words().to_owned();
        if let Some(value) = self.value.as_ref().filter(|_| self.kind.shows_value()) {
            body.push_str(": ");
            match value {
                Value::String(text) => body.push_str(&go_quote(text)),
                other => body.push_str(&go_json(other)),
            }
        }
        if !self.detail.is_empty() {
            body.push_str(": ");
            body.push_str(&self.detail);
        }
        body
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path without steps is printed by upstream as "<nil>".
        if self.path.0.is_empty() {
            f.write_str("<nil>")?
        } else {
            write!(f, "{}", self.path)?
        }
        write!(f, ": {}", self.body())
    }
}

/// The messages in their order, each once.
pub fn distinct(errors: &[FieldError]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    errors.iter().map(FieldError::to_string).filter(|message| seen.insert(message.clone())).collect()
}

/// All errors in one line: the error itself when there is one, `[a, b]` when there are more, without repetitions.
///
/// Models `field.ErrorList.ToAggregate` and `utilerrors.Aggregate.Error`.
pub fn aggregate(errors: &[FieldError]) -> String {
    let messages = distinct(errors);
    match messages.as_slice() {
        [one] => one.clone(),
        more => format!("[{}]", more.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prints_as_kubernetes_does() {
        let error = |kind, value, detail: &str| FieldError::new(FieldPath::of("spec.x[0]"), kind, value, detail);
        for (found, expected) in [
            (error(FieldErrorKind::Required, None, ""), "spec.x[0]: Required value"),
            (error(FieldErrorKind::Required, Some(json!("a")), "why"), "spec.x[0]: Required value: why"),
            (error(FieldErrorKind::Invalid, Some(json!("a\"b")), "no"), r#"spec.x[0]: Invalid value: "a\"b": no"#),
            (error(FieldErrorKind::Invalid, Some(json!(-1)), "no"), "spec.x[0]: Invalid value: -1: no"),
            (
                error(FieldErrorKind::Invalid, Some(json!({"b": 1, "a": null})), ""),
                r#"spec.x[0]: Invalid value: {"a":null,"b":1}"#,
            ),
            (
                error(FieldErrorKind::TooMany, Some(json!(3)), "must have at most 2 items"),
                "spec.x[0]: Too many: 3: must have at most 2 items",
            ),
        ] {
            assert_eq!(found.to_string(), expected);
        }
    }

    #[test]
    fn aggregates_without_repetition() {
        let a = FieldError::new(FieldPath::of("a"), FieldErrorKind::Required, None, "");
        let b = FieldError::new(FieldPath::of("b"), FieldErrorKind::Required, None, "");
        assert_eq!(aggregate(std::slice::from_ref(&a)), "a: Required value");
        assert_eq!(aggregate(&[a.clone(), b, a]), "[a: Required value, b: Required value]");
    }
}
