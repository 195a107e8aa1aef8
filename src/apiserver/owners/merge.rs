//! Laying an applied object over the one that is there, and taking out what is applied no more.
//!
//! Models `sigs.k8s.io/structured-merge-diff/typed/{merge,remove}.go`.

use super::fields::{Elem, FieldSet, ListKey, Path, Shape, Type, custom_field, shape, shape_of};
use crate::api::schema;
use crate::base::{Fields, Value};
use std::collections::BTreeSet;

/// `live` with all that `config` says.
pub(super) fn merge(ty: Type<'_>, live: &Value, config: &Value) -> Value {
    merged(shape_of(ty), live, config)
}

fn merged(shape: Shape<'_>, live: &Value, config: &Value) -> Value {
    match (shape, live, config) {
        (Shape::Struct(id), Value::Object(live), Value::Object(config)) => {
            let inner = |name: &str, live: &Value, config: &Value| match schema::field(id, name) {
                Some(field) => merged(self::shape(&field.ty, Some((id, field))), live, config),
                None => config.clone(),
            };
            Value::Object(maps(live, config, inner))
        }
        (Shape::Map(item), Value::Object(live), Value::Object(config)) => {
            Value::Object(maps(live, config, |_, live, config| merged(self::shape(item, None), live, config)))
        }
        (Shape::Custom(schema, object), Value::Object(live), Value::Object(config)) => {
            let inner = |name: &str, live: &Value, config: &Value| {
                merged(shape_of(custom_field(schema, object, name)), live, config)
            };
            Value::Object(maps(live, config, inner))
        }
        (Shape::List(item, key), Value::Array(live), Value::Array(config)) => {
            Value::Array(lists(item, key, live, config))
        }
        _ => config.clone(),
    }
}

fn maps(live: &Fields, config: &Fields, inner: impl Fn(&str, &Value, &Value) -> Value) -> Fields {
    let mut result = live.clone();
    for (name, new) in config {
        let value = live.get(name).map_or_else(|| new.clone(), |old| inner(name, old, new));
        result.insert(name.clone(), value);
    }
    result
}

/// The applied items in their order, and between them the others, where they stood.
fn lists(item: Type<'_>, key: ListKey<'_>, live: &[Value], config: &[Value]) -> Vec<Value> {
    let mut pending = config.iter().peekable();
    let mut result = Vec::with_capacity(live.len().max(config.len()));
    let mut done: BTreeSet<Elem> = BTreeSet::new();
    let wanted: BTreeSet<Elem> = config.iter().map(|value| key.of(value)).collect();
    let with_live = |value: &Value| match live.iter().find(|old| key.of(old) == key.of(value)) {
        Some(old) => merged(shape_of(item), old, value),
        None => value.clone(),
    };
    for old in live {
        let elem = key.of(old);
        if !wanted.contains(&elem) {
            result.push(old.clone());
            continue;
        }
        while !done.contains(&elem)
            && let Some(value) = pending.next()
        {
            if done.insert(key.of(value)) {
                result.push(with_live(value));
            }
        }
    }
    result.extend(pending.filter(|value| done.insert(key.of(value))).map(with_live));
    result
}

/// Takes out what was owned and is kept by nobody, with what stood around it for its sake.
pub(super) fn prune(object: &mut Value, last: &FieldSet, kept: &BTreeSet<&Path>) {
    let mut gone: BTreeSet<&[Elem]> = BTreeSet::new();
    for path in last {
        // Metadata itself is nobody's and stays.
        let first = if path.first() == Some(&Elem::Field("metadata".to_owned())) { 2 } else { 1 };
        for length in first..=path.len() {
            let part = path.get(..length).unwrap_or_default();
            if !kept.iter().any(|kept| kept.starts_with(part)) {
                gone.insert(part);
                break;
            }
        }
    }
    for path in gone {
        remove(object, path);
    }
}

fn remove(value: &mut Value, path: &[Elem]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (first, value) {
        (Elem::Field(name), Value::Object(fields)) if rest.is_empty() => {
            fields.remove(name);
        }
        (Elem::Field(name), Value::Object(fields)) => {
            if let Some(inner) = fields.get_mut(name) {
                remove(inner, rest);
            }
        }
        (elem, Value::Array(items)) => {
            if rest.is_empty() {
                items.retain(|item| !is(elem, item));
            } else if let Some(item) = items.iter_mut().find(|item| is(elem, item)) {
                remove(item, rest);
            }
        }
        _ => {}
    }
}

/// Whether a step leads to this item.
fn is(elem: &Elem, item: &Value) -> bool {
    let json = crate::base::text::go_json;
    match elem {
        Elem::Field(_) => false,
        Elem::Value(value) => *value == json(item),
        Elem::Key(keys) => keys.iter().all(|(key, value)| match item.get(key) {
            Some(found) => json(found) == *value,
            None => key == "protocol" && value == "\"TCP\"",
        }),
    }
}
