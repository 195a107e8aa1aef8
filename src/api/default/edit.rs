//! Small steps for changing JSON objects.

use crate::base::{Fields, Value};

/// The object at `key`, if there is one.
pub fn child<'a>(fields: &'a mut Fields, key: &str) -> Option<&'a mut Fields> {
    fields.get_mut(key).and_then(Value::as_object_mut)
}

/// The object at `key`, made when there is none.
pub fn ensure<'a>(fields: &'a mut Fields, key: &str) -> &'a mut Fields {
    let value = fields.entry(key).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Fields::new());
    }
    match value {
        Value::Object(child) => child,
        // Not reached: it is an object now. The types do not know that, so they get one that nobody sees.
        _ => Box::leak(Box::default()),
    }
}

/// Sets a field that is missing.
pub fn default(fields: &mut Fields, key: &str, value: impl Into<Value>) {
    if fields.get(key).is_none_or(Value::is_null) {
        fields.insert(key.to_owned(), value.into());
    }
}

/// Sets a text that is missing or empty.
pub fn default_text(fields: &mut Fields, key: &str, value: &str) {
    if text(fields, key).is_empty() {
        fields.insert(key.to_owned(), value.into());
    }
}

/// Sets a number that is missing or zero.
pub fn default_number(fields: &mut Fields, key: &str, value: i64) {
    if fields.get(key).and_then(Value::as_i64).unwrap_or_default() == 0 {
        fields.insert(key.to_owned(), value.into());
    }
}

/// The text at `key`; empty when missing.
pub fn text<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether there is a value at `key`.
pub fn has(fields: &Fields, key: &str) -> bool {
    fields.get(key).is_some_and(|value| !value.is_null())
}

/// Whether the list or map at `key` is missing or empty.
pub fn is_empty(fields: &Fields, key: &str) -> bool {
    match fields.get(key) {
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        _ => true,
    }
}

/// The objects of the list at `key`.
pub fn items<'a>(fields: &'a mut Fields, key: &str) -> impl Iterator<Item = &'a mut Fields> + use<'a> {
    fields.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}
