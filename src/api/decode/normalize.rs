//! What is left of JSON after it went through Go's structs: unknown fields gone, `null` as if absent, zero values as the
//! fields' tags say.

use super::scalar;
use crate::api::kinds::Kind;
use crate::api::quantity;
use crate::api::schema::{self, Field, Ty, TypeId, Zero};
use crate::base::{Fields, Value};

/// What Go's structs keep of an object of `kind` that [`check`](super::check) has let pass: no unknown fields, no nulls,
/// no zero values that Go leaves out; structs that Go always writes are there, as `{}` if need be; whole floats are
/// integers and quantities canonical.
///
/// Lists and scalars of a type of their own (times, quantities, ports) that Go writes although nothing was set are left
/// out here; [`as_written`] puts them in.
pub fn normalize(kind: Kind, value: Value) -> Value {
    match schema::of(kind) {
        Some(ty) => normalize_type(ty, value),
        None => value,
    }
}

/// [`normalize`] for any type of the schema.
pub fn normalize_type(ty: TypeId, value: Value) -> Value {
    object(ty, value, Nulls::Left)
}

/// The object as the API server writes it: [`normalize`]d, and with `null`, `0` and `"0"` for what Go writes though unset.
pub fn as_written(ty: TypeId, value: Value) -> Value {
    object(ty, value, Nulls::Written)
}

#[derive(Clone, Copy, PartialEq)]
enum Nulls {
    Left,
    Written,
}

fn object(id: TypeId, value: Value, nulls: Nulls) -> Value {
    let mut given = match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    };
    let mut kept = Fields::new();
    for field in id.fields() {
        let value = given.remove(field.name).unwrap_or(Value::Null);
        if let Some(value) = of_field(field, value, nulls) {
            kept.insert(field.name.to_owned(), value);
        }
    }
    Value::Object(kept)
}

/// The field's value; `None` if it is left out.
fn of_field(field: &Field, value: Value, nulls: Nulls) -> Option<Value> {
    let unset = value.is_null();
    let null = || (nulls == Nulls::Written && field.zero != Zero::OmittedStruct).then_some(Value::Null);
    if let Ty::Pointer(inner) = &field.ty {
        if unset {
            return null().filter(|_| field.zero == Zero::Written);
        }
        return Some(of_type(inner, value, nulls));
    }
    match field.ty.base() {
        Ty::Named(_) => {
            let value = of_type(&field.ty, value, nulls);
            let empty = value.as_object().is_some_and(Fields::is_empty);
            (field.zero != Zero::OmittedStruct || !empty).then_some(value)
        }
        Ty::Time | Ty::MicroTime | Ty::Any if unset => null(),
        Ty::Quantity | Ty::IntOrString => {
            let quantity = field.ty.base() == &Ty::Quantity;
            if !unset && (quantity || value.as_i64() != Some(0)) {
                return Some(of_type(&field.ty, value, nulls));
            }
            null().map(|_| if quantity { Value::from("0") } else { Value::from(0) })
        }
        _ => {
            let value = of_type(&field.ty, value, nulls);
            match (is_zero(&value), field.zero, &value) {
                (false, _, _) => Some(value),
                (true, Zero::Written, Value::Array(_) | Value::Object(_)) => null(),
                (true, Zero::Written, _) => Some(value),
                (true, _, _) => None,
            }
        }
    }
}

fn of_type(ty: &Ty, value: Value, nulls: Nulls) -> Value {
    match (ty.base(), value) {
        (Ty::Named(id), value) => object(*id, value, nulls),
        (Ty::List(item), Value::Array(items)) => items.into_iter().map(|value| of_type(item, value, nulls)).collect(),
        (Ty::List(_), _) => Value::Array(Vec::new()),
        (Ty::Map(item), Value::Object(fields)) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, of_type(item, value, nulls))).collect())
        }
        (Ty::Map(_), _) => Value::Object(Fields::new()),
        (Ty::Quantity, value) => {
            let text = quantity::text_of(&value);
            Value::from(quantity::canonical(&text).unwrap_or(text))
        }
        (Ty::String, Value::Null) => Value::from(""),
        (Ty::Bytes, Value::String(text)) => Value::from(text.replace(['\n', '\r'], "")),
        (Ty::Bytes, Value::Null) => Value::from(""),
        (Ty::Bool, Value::Null) => Value::from(false),
        (Ty::Int32 | Ty::Int64 | Ty::Float64 | Ty::IntOrString, Value::Null) => Value::from(0),
        (Ty::Int32 | Ty::Int64 | Ty::Float64 | Ty::IntOrString, Value::Number(number)) => {
            scalar::integer(&number).map_or(Value::Number(number), Value::from)
        }
        (_, value) => value,
    }
}

/// Go's `omitempty` leaves it out.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}
