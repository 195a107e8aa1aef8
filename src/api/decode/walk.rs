//! Walks a value along its type and notes what does not fit.
//!
//! Models `decodeState` of `sigs.k8s.io/json`.

use super::scalar;
use super::{Fault, FaultKind, strict_fault};
use crate::api::quantity::Quantity;
use crate::api::schema::{self, Ty, TypeId};
use crate::base::path::{FieldPath, Step};
use crate::base::{Fields, Value};

/// What does not fit in a whole object.
pub(super) fn faults(ty: &Ty, value: &Value) -> Vec<Fault> {
    let mut walk = Walk::default();
    walk.value(ty, value);
    walk.faults
}

/// What does not fit in one field of a struct that the schema does not have.
pub(super) fn faults_of_field(of: &'static str, name: &'static str, ty: &Ty, value: &Value) -> Vec<Fault> {
    let mut walk = Walk { inside: of, names: vec![name], ..Walk::default() };
    walk.path.push(Step::Field(name.to_owned()));
    walk.value(ty, value);
    walk.faults
}

#[derive(Default)]
struct Walk {
    path: Vec<Step>,
    /// Go's field stack: the names on the way, with embedded structs and without indexes and keys.
    names: Vec<&'static str>,
    /// The innermost struct.
    inside: &'static str,
    faults: Vec<Fault>,
}

impl Walk {
    fn note(&mut self, kind: FaultKind, text: String) {
        self.faults.push(Fault { path: FieldPath(self.path.clone()), kind, text });
    }

    /// Models `json.UnmarshalTypeError`.
    fn cannot(&mut self, kind: FaultKind, what: &str, go_type: &str) {
        let place = match self.names.is_empty() {
            true => "value".to_owned(),
            false => format!("struct field {}.{}", self.inside, self.names.join(".")),
        };
        self.note(kind, format!("json: cannot unmarshal {what} into Go {place} of type {go_type}"));
    }

    fn wrong(&mut self, value: &Value, ty: &Ty) {
        self.cannot(FaultKind::WrongType, word(value), &pointee(ty).go_name());
    }

    fn value(&mut self, ty: &Ty, value: &Value) {
        match (ty.base(), value) {
            (_, Value::Null) | (Ty::Any, _) => {}
            (Ty::String, Value::String(_)) | (Ty::Bool, Value::Bool(_)) | (Ty::Float64, Value::Number(_)) => {}
            (Ty::Int32, Value::Number(number)) => self.integer(number, i32::MAX.into(), ty, FaultKind::WrongType),
            (Ty::Int64, Value::Number(number)) => self.integer(number, i64::MAX, ty, FaultKind::WrongType),
            (Ty::Quantity, _) => {
                if let Err(error) = Quantity::from_value(value) {
                    self.note(FaultKind::Refused, error.to_string());
                }
            }
            (Ty::IntOrString, Value::String(_)) => {}
            (Ty::IntOrString, Value::Number(number)) => {
                self.integer(number, i32::MAX.into(), &Ty::Int32, FaultKind::Refused);
            }
            (Ty::IntOrString, _) => self.cannot(FaultKind::Refused, word(value), "int32"),
            (Ty::Time | Ty::MicroTime, Value::String(text)) => {
                if let Err(error) = scalar::parse_time(text, ty.base() == &Ty::MicroTime) {
                    self.note(FaultKind::Refused, error);
                }
            }
            (Ty::Time | Ty::MicroTime, _) => self.cannot(FaultKind::Refused, word(value), "string"),
            (Ty::Bytes, Value::String(text)) => {
                if let Err(at) = scalar::check_base64(text.as_bytes()) {
                    self.note(FaultKind::WrongType, format!("illegal base64 data at input byte {at}"));
                }
            }
            (Ty::List(item), Value::Array(items)) => self.list(item, items),
            (Ty::Map(item), Value::Object(fields)) => self.map(item, fields),
            (Ty::Named(id), Value::Object(fields)) => self.object(*id, fields),
            _ => self.wrong(value, ty),
        }
    }

    fn integer(&mut self, number: &serde_json::Number, max: i64, ty: &Ty, kind: FaultKind) {
        let text = scalar::number_text(number);
        if !text.parse::<i64>().is_ok_and(|value| value <= max && value >= -max - 1) {
            self.cannot(kind, &format!("number {text}"), &pointee(ty).go_name());
        }
    }

    fn list(&mut self, item: &Ty, items: &[Value]) {
        for (index, value) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            self.value(item, value);
            self.path.pop();
        }
    }

    fn map(&mut self, item: &Ty, fields: &Fields) {
        for (key, value) in fields {
            self.path.push(Step::Key(key.clone()));
            self.value(item, value);
            self.path.pop();
        }
    }

    fn object(&mut self, id: TypeId, fields: &Fields) {
        let (outer, depth) = (self.inside, self.names.len());
        for (key, value) in fields {
            self.path.push(Step::Field(key.clone()));
            match schema::field(id, key) {
                Some(field) => {
                    self.names.extend(&field.embedded);
                    self.names.push(field.name);
                    self.inside = id.struct_name();
                    self.value(&field.ty, value);
                    self.names.truncate(depth);
                    self.inside = outer;
                }
                None => self.faults.push(strict_fault(FaultKind::Unknown, FieldPath(self.path.clone()))),
            }
            self.path.pop();
        }
    }
}

fn pointee(ty: &Ty) -> &Ty {
    match ty {
        Ty::Pointer(inner) => pointee(inner),
        _ => ty,
    }
}

/// What Go calls a JSON value.
fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
