//! JSON merge patches: `null` deletes, objects merge, all else replaces.

use super::PatchError;
use super::error::go_value;
use crate::base::{Fields, Value};

/// Applies a JSON merge patch.
///
/// Models RFC 7396.
pub fn apply(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut fields = match target {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    };
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(key);
        } else {
            let current = fields.remove(key).unwrap_or(Value::Null);
            fields.insert(key.clone(), apply(current, value));
        }
    }
    Value::Object(fields)
}

/// The patch that makes `modified` out of `original`.
///
/// Models `CreateMergePatch` of github.com/evanphx/json-patch.
pub fn two_way(original: &Fields, modified: &Fields) -> Fields {
    let mut patch = Fields::new();
    for (key, new) in modified {
        match (original.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let inner = two_way(old, new);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(old), new) if old == new => {}
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// The patch of `kubectl apply` for kinds without a schema: what `original` (last applied) had and `modified` lacks is
/// deleted, what `modified` has and `current` (live) has otherwise is set.
///
/// Models `k8s.io/apimachinery/pkg/util/jsonmergepatch`.
pub fn three_way(original: &Fields, modified: &Fields, current: &Fields) -> Result<Value, PatchError> {
    let changes = filtered(&two_way(current, modified), false);
    let deletions = filtered(&two_way(original, modified), true);
    if conflict(&Value::Object(changes.clone()), &Value::Object(deletions.clone())) {
        let (changes, deletions) = (Value::Object(changes), Value::Object(deletions));
        return Err(PatchError::Other(format!(
            "patch:\n{}\nconflicts with changes made from original to current:\n{}\n",
            go_value(&changes),
            go_value(&deletions)
        )));
    }
    Ok(apply(Value::Object(deletions), &Value::Object(changes)))
}

/// Only the deletions of a patch, or all but them. An empty object that was set stays a change.
fn filtered(patch: &Fields, deletions: bool) -> Fields {
    let keep = |value: &Value| match value {
        Value::Null => deletions.then_some(Value::Null),
        Value::Object(fields) if !fields.is_empty() => {
            let inner = filtered(fields, deletions);
            (!inner.is_empty()).then_some(Value::Object(inner))
        }
        other => (!deletions).then(|| other.clone()),
    };
    patch.iter().filter_map(|(key, value)| Some((key.clone(), keep(value)?))).collect()
}

fn conflict(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.iter().any(|(key, value)| right.get(key).is_some_and(|other| conflict(value, other)))
        }
        _ => left != right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn examples_of_the_rfc() {
        for (target, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(apply(target, &patch), expected);
        }
    }

    #[test]
    fn three_ways() {
        let patch = three_way(
            &fields(json!({"spec": {"a": 1, "b": 2}})),
            &fields(json!({"spec": {"a": 3, "c": []}})),
            &fields(json!({"spec": {"a": 1, "b": 2, "live": true}})),
        );
        assert_eq!(patch, Ok(json!({"spec": {"a": 3, "b": null, "c": []}})));
    }
}
