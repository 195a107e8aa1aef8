//! Values in Go's own syntax (`%#v`), which some of go-yaml's errors quote.

use crate::base::Value;
use crate::base::text::go_quote;

use super::number::go_float;

/// A value inside a map or a list of `interface{}`.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) if number.is_f64() => go_float(number.as_f64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        Value::String(text) => go_quote(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(k, v)| format!("{}:{}", go_quote(k), self::value(v))).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

/// A value that stands alone.
pub(super) fn top_value(value: &Value) -> String {
    if value.is_null() { "<nil>".to_owned() } else { self::value(value) }
}
