//! `-o json`: Go's indented JSON. (`-o yaml` is `yaml::to_yaml`.)

use crate::base::Value;
use serde::Serialize;

/// `json.MarshalIndent(value, "", "    ")`, with `<`, `>`, `&`, U+2028 and U+2029 escaped as Go escapes them.
pub fn to_json_indented(value: &Value) -> String {
    let mut bytes = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, format);
    // Writing a `Value` into memory has no way to fail.
    let _ = value.serialize(&mut serializer);
    let text = String::from_utf8_lossy(&bytes);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn indents_and_escapes() {
        let value = serde_json::json!({"b": [], "a": ["<x>"], "c": {}});
        let expected = "{\n    \"a\": [\n        \"\\u003cx\\u003e\"\n    ],\n    \"b\": [],\n    \"c\": {}\n}";
        assert_eq!(super::to_json_indented(&value), expected);
    }
}
