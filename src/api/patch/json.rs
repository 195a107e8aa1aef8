//! JSON patches: lists of operations.

use super::PatchError;
use super::error::go_type;
use crate::base::Value;
use crate::base::text::go_quote;

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
    let mut changed = target.clone();
    for operation in operations {
        step(&mut changed, operation).map_err(PatchError::JsonPatchRejected)?;
    }
    Ok(changed)
}

type Step<T = ()> = std::result::Result<T, String>;

/// One operation.
///
/// Models `github.com/evanphx/json-patch` 4: `replace` also makes fields that are missing, the root can be replaced but
/// neither added nor removed, and negative indices count from the end.
fn step(document: &mut Value, operation: &Value) -> Step {
    let op = operation.get("op").and_then(Value::as_str).unwrap_or("unknown");
    let word = |name: &str| {
        let missing = || format!("{op} operation failed to decode {name}: missing value");
        operation.get(name).and_then(Value::as_str).ok_or_else(missing)
    };
    let value = || operation.get("value").cloned().unwrap_or_default();
    // Where the value is that an operation takes, and how an error of that place begins.
    let at = |document: &mut Value, path: &str, role: &str, quoted: bool| {
        let shown = if quoted { go_quote(path) } else { path.to_owned() };
        let missing = || format!("{op} operation does not apply: {role} path: {shown}: missing value");
        place(document, path).map(|(_, key)| key).ok_or_else(missing)
    };
    let within = |path: &str, error: String| format!("error in {op} for path: '{path}': {error}");
    match op {
        "add" => {
            let path = word("path")?;
            at(document, path, "doc is missing", true)?;
            add(document, path, value()).map_err(|error| within(path, error))
        }
        "remove" => {
            let path = word("path")?;
            at(document, path, "doc is missing", true)?;
            remove(document, path).map(drop).map_err(|error| within(path, error))
        }
        "replace" if word("path")?.is_empty() => match value() {
            new @ (Value::Object(_) | Value::Array(_)) => {
                *document = new;
                Ok(())
            }
            _ => Err("replace operation value must be object or array: %!w(<nil>)".to_owned()),
        },
        "replace" => {
            let path = word("path")?;
            at(document, path, "doc is missing", false)?;
            let missing = || format!("replace operation does not apply: doc is missing key: {path}: missing value");
            match place(document, path) {
                Some((Value::Object(fields), key)) => drop(fields.insert(key, value())),
                Some((Value::Array(items), key)) => {
                    let at = index(&key, items.len()).map_err(|_| missing())?;
                    *items.get_mut(at).ok_or_else(missing)? = value();
                }
                _ => return Err(missing()),
            }
            Ok(())
        }
        "move" => {
            let from = word("from")?;
            let key = at(document, from, "doc is missing from", false)?;
            let taken = remove(document, from).map_err(|error| within(&key, error))?;
            let path = word("path")?;
            at(document, path, "doc is missing destination", false)?;
            add(document, path, taken).map_err(|error| within(path, error))
        }
        "copy" => {
            let from = word("from")?;
            at(document, from, "doc is missing from", false)?;
            let error = |error| format!("error in copy for from: '{from}': {error}");
            let copied = find(document, from).map_err(error)?.cloned().unwrap_or_default();
            let path = word("path")?;
            at(document, path, "doc is missing destination", false)?;
            add(document, path, copied).map_err(|error| format!("error while adding value during copy: {error}"))
        }
        "test" => {
            let path = word("path")?;
            let found = if path.is_empty() {
                Some(&*document)
            } else {
                at(document, path, "is missing", false)?;
                find(document, path).map_err(|error| within(path, error))?
            };
            let same = match found {
                Some(found) if !found.is_null() => *found == value(),
                _ => value().is_null(),
            };
            if same { Ok(()) } else { Err(format!("testing value {path} failed: test failed")) }
        }
        _ => Err(format!("Unexpected kind: {op}")),
    }
}

/// What holds the value at a path, and under which key; `None` if there is no such holder.
fn place<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (above, key) = path.rsplit_once('/')?;
    let mut found = document;
    for part in above.split('/').skip(1) {
        found = match found {
            Value::Object(fields) => fields.get_mut(&unescaped(part))?,
            Value::Array(items) => {
                let at = index(part, items.len()).ok()?;
                items.get_mut(at)?
            }
            _ => return None,
        };
    }
    matches!(found, Value::Object(_) | Value::Array(_)).then(|| (found, unescaped(key)))
}

/// The value at a path; `Ok(None)` for a field that is missing where one may be.
fn find<'a>(document: &'a mut Value, path: &str) -> Step<Option<&'a Value>> {
    match place(document, path) {
        Some((Value::Object(fields), key)) => Ok(fields.get(&key)),
        Some((Value::Array(items), key)) => index(&key, items.len()).map(|at| items.get(at)),
        _ => Ok(None),
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Step {
    match place(document, path) {
        Some((Value::Object(fields), key)) => drop(fields.insert(key, value)),
        Some((Value::Array(items), key)) if key == "-" => items.push(value),
        Some((Value::Array(items), key)) => {
            let improper = |error| match key.parse::<isize>() {
                Ok(_) => error,
                Err(_) => format!("value was not a proper array index: '{key}': {error}"),
            };
            let at = index(&key, items.len() + 1).map_err(improper)?;
            items.insert(at, value);
        }
        _ => {}
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Step<Value> {
    match place(document, path) {
        Some((Value::Object(fields), key)) => {
            fields.remove(&key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value"))
        }
        Some((Value::Array(items), key)) => index(&key, items.len()).map(|at| items.remove(at)),
        _ => Ok(Value::Null),
    }
}

/// An index below `end`.
fn index(text: &str, end: usize) -> Step<usize> {
    let number: isize =
        text.parse().map_err(|_| format!("strconv.Atoi: parsing {}: invalid syntax", go_quote(text)))?;
    let from_the_end = isize::try_from(end).ok().and_then(|end| end.checked_add(number));
    let at = if number < 0 { from_the_end } else { Some(number) };
    at.and_then(|at| usize::try_from(at).ok())
        .filter(|at| *at < end)
        .ok_or_else(|| format!("Unable to access invalid index: {number}: invalid index referenced"))
}

fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
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
        for (patch, expected) in [
            // Fields that are missing may be replaced, and tested for.
            (
                json!([{"op": "replace", "path": "/spec/new", "value": 1}]),
                json!({"replicas": 1, "list": [1, 2], "new": 1}),
            ),
            (json!([{"op": "test", "path": "/spec/nope", "value": null}]), json!({"replicas": 1, "list": [1, 2]})),
            (json!([{"op": "remove", "path": "/spec/list/-1"}]), json!({"replicas": 1, "list": [1]})),
            (json!([{"op": "add", "path": "/spec/list/-1", "value": 3}]), json!({"replicas": 1, "list": [1, 2, 3]})),
            (
                json!([{"op": "copy", "from": "/spec/replicas", "path": "/spec/a~1b"}]),
                json!({"replicas": 1, "list": [1, 2], "a/b": 1}),
            ),
            (
                json!([{"op": "move", "from": "/spec/list/0", "path": "/spec/replicas"}]),
                json!({"replicas": 1, "list": [2]}),
            ),
        ] {
            assert_eq!(apply(&target, &patch), Ok(json!({"spec": expected})), "{patch}");
        }
        let refused = "the server rejected our request due to an error in our request";
        for patch in [
            json!([{"op": "add", "path": "", "value": {}}]),
            json!([{"op": "remove", "path": ""}]),
            json!([{"op": "replace", "path": "", "value": 1}]),
            json!([{"op": "add", "path": "/spec/list/3", "value": 1}]),
            json!([{"op": "add", "path": "/none/x", "value": 1}]),
            json!([{"op": "test", "path": "/spec/replicas", "value": 2}]),
            json!([{"op": "test", "path": "/spec/list/2", "value": null}]),
            json!([{"op": "move", "from": "/spec", "path": "/spec/x"}]),
            json!([{"op": "move", "from": "/spec/list", "path": ""}, {"op": "test", "path": "/x", "value": 1}]),
            json!([{"path": "/spec"}]),
        ] {
            assert_eq!(apply(&target, &patch).unwrap_err().to_string(), refused, "{patch}");
        }
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
