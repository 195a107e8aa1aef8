//! Values as Go's `fmt` prints them, for the few places where kubectl prints a value with `%v` or `%#v`.

use crate::base::{Value, text::go_quote};

/// `fmt.Sprint(value)`: `map[a:1 b:two]`, `[x y]`, `<nil>`.
pub fn sprint(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => number(n),
        Value::String(s) => s.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(sprint).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}:{}", sprint(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// `fmt.Sprintf("%#v", value)` of what `encoding/json` decodes into an `interface{}`.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(s) => go_quote(s),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{}:{}", go_quote(key), go_syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
        other => sprint(other),
    }
}

/// A number as `%v` prints an int64 or float64.
fn number(n: &serde_json::Number) -> String {
    if n.is_i64() || n.is_u64() {
        return n.to_string();
    }
    let f = n.as_f64().unwrap_or(0.0);
    if f == 0.0 || (1e-4..1e21).contains(&f.abs()) {
        return format!("{f}");
    }
    // Rust writes `1e-5`, Go pads the exponent to two digits and signs it.
    let text = format!("{f:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |e| ("-", e));
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn as_go_prints() {
        let value = json!({"b": ["x", 1, 2.5, null, true], "a": {"k": "v"}});
        assert_eq!(sprint(&value), "map[a:map[k:v] b:[x 1 2.5 <nil> true]]");
        assert_eq!(
            go_syntax(&value),
            r#"map[string]interface {}{"a":map[string]interface {}{"k":"v"}, "b":[]interface {}{"x", 1, 2.5, interface {}(nil), true}}"#
        );
        assert_eq!(sprint(&json!(1e21)), "1e+21");
        assert_eq!(sprint(&json!(0.00001)), "1e-05");
    }
}
