//! KYAML: YAML with braces, brackets and quotes, which no parser can misunderstand.
//!
//! Models `sigs.k8s.io/yaml/kyaml/kyaml.go`, for values without comments.

use crate::base::Value;

/// A document: `---`, the value, a line end.
pub fn to_kyaml(value: &Value) -> String {
    let mut out = String::from("---\n");
    node(value, 0, &mut out);
    out.push('\n');
    out
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn node(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::String(text) => quoted(text, level + 1, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) if items.iter().all(|item| item.is_array() || item.is_object()) => {
            // Braces share the line of the brackets, and of each other.
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                node(item, level, out);
            }
            out.push(']');
        }
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                indent(level + 1, out);
                node(item, level + 1, out);
                out.push_str(",\n");
            }
            indent(level, out);
            out.push(']');
        }
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Object(fields) => {
            out.push_str("{\n");
            for (name, value) in fields {
                indent(level + 1, out);
                match needs_quotes(name) {
                    true => quoted_line(name, out),
                    false => out.push_str(name),
                }
                out.push_str(": ");
                node(value, level + 1, out);
                out.push_str(",\n");
            }
            indent(level, out);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// A string: of several lines, each is on a line of its own, folded together by backslashes.
fn quoted(text: &str, level: usize, out: &mut String) {
    if !text.contains('\n') {
        return quoted_line(text, out);
    }
    out.push_str("\"\\\n");
    for line in text.split_inclusive('\n') {
        indent(level, out);
        // What parsers take for indentation has to be escaped; else the column is kept free.
        let spaced = line.starts_with(|c: char| c.is_whitespace() && c != '\n');
        out.push(if spaced { '\\' } else { ' ' });
        for c in line.chars() {
            match c {
                '\n' => out.push_str("\\n\\\n"),
                c => escaped(c, out),
            }
        }
    }
    if !text.ends_with('\n') {
        out.push_str("\\\n");
    }
    indent(level, out);
    out.push('"');
}

fn quoted_line(text: &str, out: &mut String) {
    out.push('"');
    text.chars().for_each(|c| escaped(c, out));
    out.push('"');
}

fn escaped(c: char, out: &mut String) {
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        '\t' => out.push('\t'),
        '\0' => out.push_str("\\0"),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0b' => out.push_str("\\v"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\x1b' => out.push_str("\\e"),
        '\u{85}' => out.push_str("\\N"),
        '\u{a0}' => out.push_str("\\_"),
        '\u{2028}' => out.push_str("\\L"),
        '\u{2029}' => out.push_str("\\P"),
        c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
        c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        c => out.push(c),
    }
}

/// Whether a key could be taken for something else without quotes.
fn needs_quotes(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    let last = text.chars().count().saturating_sub(1);
    let allowed = |(place, c): (usize, char)| plain(c) || (place > 0 && place < last && matches!(c, '-' | '.' | '/'));
    text.is_empty() || is_ambiguous(text) || !text.chars().enumerate().all(allowed)
}

fn is_ambiguous(text: &str) -> bool {
    let lower = text.to_lowercase();
    let word = [
        "null", "~", "true", "t", "y", "yes", "on", "1", "false", "f", "n", "no", "off", "0", "nan", "inf", "infinity",
    ];
    let digits = text.replace('_', "");
    let radix = |prefix: &str, radix| {
        let rest = digits.to_lowercase();
        rest.strip_prefix(prefix).is_some_and(|rest| i64::from_str_radix(rest, radix).is_ok())
    };
    let date = text.len() > 4 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text.as_bytes()[4] == b'-';
    word.contains(&lower.as_str())
        || digits.parse::<f64>().is_ok()
        || radix("0x", 16)
        || radix("0b", 2)
        || radix("0o", 8)
        || date && text.split('-').count() == 3 && text.split('-').all(|part| part.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents() {
        let value = json!({
            "args": ["a", 1], "empty": [], "list": [{"a": "b"}, {}], "none": null, "text": "one\n two\nend", "yes": true,
            "a/b": "q\"uote", "1.5": [[1]], "-x": {"deep": "tab\t"},
        });
        let expected = "---\n{\n  \"-x\": {\n    deep: \"tab\t\",\n  },\n  \"1.5\": [[\n    1,\n  ]],\n  a/b: \"q\\\"uote\",\n  args: [\n    \"a\",\n    1,\n  ],\n  empty: [],\n  list: [{\n    a: \"b\",\n  }, {}],\n  none: null,\n  text: \"\\\n     one\\n\\\n    \\ two\\n\\\n     end\\\n    \",\n  \"yes\": true,\n}\n";
        assert_eq!(to_kyaml(&value), expected);
    }
}
