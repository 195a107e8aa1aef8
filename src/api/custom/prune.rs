//! What a schema keeps of an object, and what it fills in.
//!
//! Models `apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting}`.

use crate::base::Order;
use crate::base::{Fields, Value};

/// Fields that every object has, whatever the schema says.
const META: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Drops what the schema does not have, and answers where it stood: `spec.colour`, sorted. Nulls go where none may be.
pub fn prune(schema: &Value, object: &mut Value) -> Vec<String> {
    let mut unknown = Vec::new();
    value(Some(schema), object, &mut String::new(), true, &mut unknown);
    unknown.order();
    drop_nulls(schema, object);
    unknown
}

fn value(schema: Option<&Value>, object: &mut Value, path: &mut String, root: bool, unknown: &mut Vec<String>) {
    let keeps = schema.is_some_and(keeps_unknown);
    let embedded = root || schema.is_some_and(|schema| schema["x-kubernetes-embedded-resource"] == true);
    let length = path.len();
    match object {
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            for name in names {
                if embedded && META.contains(&name.as_str()) {
                    continue;
                }
                let separator = if path.is_empty() { "" } else { "." };
                path.push_str(separator);
                path.push_str(&name);
                match inner(schema, &name) {
                    Some(inner) => {
                        if let Some(field) = fields.get_mut(&name) {
                            // `additionalProperties: true` has no schema of its own and keeps scalars only.
                            value(inner, field, path, false, unknown);
                        }
                    }
                    None if keeps => {}
                    None => {
                        unknown.push(path.clone());
                        fields.remove(&name);
                    }
                }
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            let inner = schema.and_then(|schema| schema.get("items"));
            // Below a list that keeps what it does not know, so do its items.
            let kept = keeps && inner.is_none();
            for (i, item) in items.iter_mut().enumerate().filter(|_| !kept) {
                path.push_str(&format!("[{i}]"));
                value(inner, item, path, false, unknown);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// The schema of a field: nothing if the field is unknown, no schema if any scalar may stand there.
fn inner<'s>(schema: Option<&'s Value>, name: &str) -> Option<Option<&'s Value>> {
    let schema = schema?;
    match (schema.get("properties").and_then(|all| all.get(name)), schema.get("additionalProperties")) {
        (Some(property), _) => Some(Some(property)),
        (None, Some(rest)) if *rest != Value::Bool(false) => Some(Some(rest).filter(|rest| rest.is_object())),
        _ => None,
    }
}

fn keeps_unknown(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"] == true
}

/// Models `PruneNonNullableNullsWithoutDefaults`.
fn drop_nulls(schema: &Value, object: &mut Value) {
    match object {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let property = property(schema, name);
                !value.is_null() || property.is_none_or(|property| is_nullable(property) || has_default(property))
            });
            for (name, value) in fields.iter_mut() {
                if let Some(property) = property(schema, name) {
                    drop_nulls(property, value);
                }
            }
        }
        Value::Array(items) => {
            if let Some(inner) = schema.get("items") {
                items.iter_mut().for_each(|item| drop_nulls(inner, item));
            }
        }
        _ => {}
    }
}

fn property<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    let named = schema.get("properties").and_then(|all| all.get(name));
    named.or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object()))
}

fn is_nullable(schema: &Value) -> bool {
    schema["nullable"] == true
}

fn has_default(schema: &Value) -> bool {
    schema.get("default").is_some()
}

/// Fills in what the schema has defaults for.
///
/// Models `defaulting.Default`.
pub fn default(schema: &Value, object: &mut Value) {
    let unset = |value: &Value, schema: &Value| value.is_null() && !is_nullable(schema);
    match object {
        Value::Object(fields) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                if let Some(value) = property.get("default")
                    && fields.get(name).is_none_or(|present| unset(present, property))
                {
                    fields.insert(name.clone(), value.clone());
                }
            }
            for (name, value) in fields.iter_mut() {
                if let Some(property) = property(schema, name) {
                    default_item(property, value);
                }
            }
        }
        Value::Array(items) => {
            if let Some(inner) = schema.get("items") {
                items.iter_mut().for_each(|item| default_item(inner, item));
            }
        }
        _ => {}
    }
}

fn default_item(schema: &Value, value: &mut Value) {
    if let (true, false, Some(default)) = (value.is_null(), is_nullable(schema), schema.get("default")) {
        *value = default.clone();
    }
    default(schema, value);
}

/// Whether objects of a custom kind may have this field at their root without the schema's naming it.
pub(super) fn is_meta(name: &str) -> bool {
    META.contains(&name)
}

/// The fields that a schema names, sorted.
pub(super) fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let fields: Option<&Fields> = schema.get("properties").and_then(Value::as_object);
    fields.into_iter().flatten()
}
