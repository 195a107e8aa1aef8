//! Strict decoding: does a manifest's JSON fit the fields of its kind? The API server's answer, word for word.
//!
//! [`check`] finds what is wrong and where; [`normalize`] gives what Go's structs would keep of the JSON. Whether values
//! make sense is asked later, by [`validate`](super::validate). Models `sigs.k8s.io/json` with the options of
//! `k8s.io/apimachinery/pkg/runtime/serializer/json`.

mod normalize;
mod scalar;
mod walk;

use super::kinds::Kind;
use super::schema::{self, Ty, TypeId};
use crate::base::Value;
use crate::base::path::{FieldPath, Step};
use crate::base::text::go_quote;
pub use normalize::{as_written, normalize, normalize_type};
use std::fmt;

/// After so many the server stops noting unknown and duplicate fields.
const MAX_STRICT_ERRORS: usize = 100;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub path: FieldPath,
    /// What kind of fault.
    pub kind: FaultKind,
    /// In Go's words.
    pub text: String,
}

/// How a fault counts against others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A type that reads its own JSON refused it; Go stops here.
    Refused,
    /// The JSON has another type than the field; Go reads on, but tells only the first.
    WrongType,
    /// The kind has no such field.
    Unknown,
    /// The field was given twice.
    Duplicate,
}

/// Why an object cannot be decoded. Its Display is the server's text after `cannot be handled as a Pod: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What the server tells: one fault, or all unknown and duplicate fields.
    pub told: Vec<Fault>,
    /// All that is wrong, in the order of the JSON.
    pub all: Vec<Fault>,
}

impl DecodeError {
    /// Whether only unknown and repeated fields are wrong: the rest can be decoded.
    pub fn is_strict(&self) -> bool {
        self.told.iter().all(|fault| fault.kind >= FaultKind::Unknown)
    }

    /// The message of the server's BadRequest.
    ///
    /// Models `transformDecodeError` in `k8s.io/apiserver/pkg/endpoints/handlers/rest.go`.
    pub fn message(&self, kind: Kind) -> String {
        let info = kind.info();
        format!("{0} in version \"{1}\" cannot be handled as a {0}: {self}", info.kind, info.version)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.told.iter().any(|fault| fault.kind >= FaultKind::Unknown) {
            f.write_str("strict decoding error: ")?;
        }
        for (i, fault) in self.told.iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { "" })?;
            f.write_str(&fault.text)?;
        }
        Ok(())
    }
}

/// Whether `value` can be decoded as an object of `kind`. `duplicates` are the fields that the text gave twice; kubectl
/// drops them before it sends the object, so that its requests have none.
pub fn check(kind: Kind, value: &Value, duplicates: &[FieldPath]) -> Result<(), DecodeError> {
    schema::of(kind).map_or(Ok(()), |ty| check_type(ty, value, duplicates))
}

/// [`check`] for any type of the schema.
pub fn check_type(ty: TypeId, value: &Value, duplicates: &[FieldPath]) -> Result<(), DecodeError> {
    let mut all = walk::faults(&Ty::Named(ty), value);
    all.extend(duplicates.iter().map(|path| strict_fault(FaultKind::Duplicate, path.clone())));
    verdict(all)
}

/// What kubectl itself checks of any object before it sends it: that its `metadata` can be decoded.
///
/// Models `metadataValidatingDecoder` in `k8s.io/cli-runtime/pkg/resource`.
pub fn check_metadata(value: &Value) -> Result<(), DecodeError> {
    let Some((ty, metadata)) = schema::named("ObjectMeta").zip(value.get("metadata")) else { return Ok(()) };
    let mut all = walk::faults_of_field("metadataOnlyObject", "metadata", &Ty::Named(ty), metadata);
    all.retain(|fault| fault.kind < FaultKind::Unknown);
    verdict(all)
}

/// Whether a text is a time of RFC 3339.
pub fn is_time(text: &str) -> bool {
    scalar::parse_time(text, false).is_ok()
}

/// Whether a text is base64.
pub fn is_base64(text: &str) -> bool {
    scalar::check_base64(text.as_bytes()).is_ok()
}

/// The fields of an object's metadata that no object has: `metadata.colour`.
pub fn unknown_metadata(value: &Value) -> Vec<String> {
    let Some((ty, metadata)) = schema::named("ObjectMeta").zip(value.get("metadata")) else { return Vec::new() };
    let faults = walk::faults_of_field("metadataOnlyObject", "metadata", &Ty::Named(ty), metadata);
    faults.iter().filter(|fault| fault.kind == FaultKind::Unknown).map(|fault| strict_path(&fault.path)).collect()
}

/// An object with its metadata as [`normalize`] leaves it, and all else as it is.
pub fn normalize_metadata(mut value: Value) -> Value {
    if let (Some(ty), Some(metadata)) = (schema::named("ObjectMeta"), value.get_mut("metadata")) {
        *metadata = normalize_type(ty, metadata.take());
    }
    value
}

fn verdict(all: Vec<Fault>) -> Result<(), DecodeError> {
    let first = |kind| all.iter().find(|fault| fault.kind == kind).map(|fault| vec![fault.clone()]);
    let told = first(FaultKind::Refused).or_else(|| first(FaultKind::WrongType)).unwrap_or_else(|| {
        all.iter().filter(|fault| fault.kind >= FaultKind::Unknown).take(MAX_STRICT_ERRORS).cloned().collect()
    });
    if told.is_empty() { Ok(()) } else { Err(DecodeError { told, all }) }
}

fn strict_fault(kind: FaultKind, path: FieldPath) -> Fault {
    let what = if kind == FaultKind::Unknown { "unknown field" } else { "duplicate field" };
    Fault { kind, text: format!("{what} {}", go_quote(&strict_path(&path))), path }
}

/// A path as strict errors print it: keys of maps stand after a dot, too.
fn strict_path(path: &FieldPath) -> String {
    let mut text = String::new();
    for step in &path.0 {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Field(name) | Step::Key(name) => {
                text.push_str(if text.is_empty() { "" } else { "." });
                text.push_str(name);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests;
