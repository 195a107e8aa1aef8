//! JSON patches: lists of operations.

use super::PatchError;
use super::error::go_type;
use crate::base::Value;

/// More operations than these the API server refuses.
const MAX_OPERATIONS: usize = 10_000;

/// Applies a JSON patch; nothing is changed if one operation fails.
///
/// Models RFC 6902 and `jsonPatcher` in `k8s.io/apiserver/pkg/endpoints/handlers/patch.go`.
pub fn apply(target: &Value, patch: &Value) -> Result<Value, PatchError> {
    let unreadable = |value: &Value, what: &str| {
        let word = match go_type(value) {
            "[]interface {}" => "array",
            "map[string]interface {}" => "object",
            "int64" | "float64" => "number",
            other => other,
        };
        PatchError::BadJsonPatch(format!("json: cannot unmarshal {word} into Go value of type jsonpatch.{what}"))
    };
    let operations = patch.as_array().ok_or_else(|| unreadable(patch, "Patch"))?;
    if let Some(operation) = operations.iter().find(|operation| !operation.is_object()) {
        return Err(unreadable(operation, "Operation"));
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::Other(format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        )));
    }
    let rejected = |error: &dyn std::fmt::Display| PatchError::JsonPatchRejected(error.to_string());
    let patch: json_patch::Patch = serde_json::from_value(patch.clone()).map_err(|error| rejected(&error))?;
    let mut changed = target.clone();
    json_patch::patch(&mut changed, &patch).map_err(|error| rejected(&error))?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations() {
        let target = json!({"spec": {"replicas": 1, "list": [1, 2]}});
        let replaced = apply(&target, &json!([{"op": "replace", "path": "/spec/replicas", "value": 3}]));
        assert_eq!(replaced, Ok(json!({"spec": {"replicas": 3, "list": [1, 2]}})));
        let appended = apply(&target, &json!([{"op": "add", "path": "/spec/list/-", "value": 3}]));
        assert_eq!(appended.unwrap()["spec"]["list"], json!([1, 2, 3]));
        for (patch, code, text) in [
            (json!({}), 400, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
            (json!(["a"]), 400, "json: cannot unmarshal string into Go value of type jsonpatch.Operation"),
            (
                json!([{"op": "remove", "path": "/spec/nope"}]),
                422,
                "the server rejected our request due to an error in our request",
            ),
            (
                json!([{"op": "fly", "path": "/spec"}]),
                422,
                "the server rejected our request due to an error in our request",
            ),
        ] {
            let error = apply(&target, &patch).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), (code, text));
        }
    }
}
