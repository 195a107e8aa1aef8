//! `-o json`: Go's indented JSON. (`-o yaml` is `yaml::to_yaml`.)

use crate::api::schema::{Ty, TypeId};
use crate::base::Value;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// `json.MarshalIndent(value, "", "    ")`, with `<`, `>`, `&`, U+2028 and U+2029 escaped as Go escapes them.
pub fn to_json_indented(value: &Value) -> String {
    indented(value)
}

/// The same of a Go struct: fields come in the order of their declaration.
pub fn to_json_declared(value: &Value, ty: TypeId) -> String {
    indented(&Declared(value, Some(&Ty::Named(ty))))
}

/// A value, and the type that orders its fields.
struct Declared<'a>(&'a Value, Option<&'a Ty>);

impl Serialize for Declared<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Declared(value, ty) = self;
        let base = ty.map(Ty::base);
        match (value, base) {
            (Value::Object(fields), Some(Ty::Named(id))) => {
                let known =
                    id.fields().iter().filter_map(|field| Some((field.name, (fields.get(field.name)?, &field.ty))));
                let known: Vec<_> = known.collect();
                let rest = fields.iter().filter(|(name, _)| !known.iter().any(|(known, _)| known == name));
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, (value, ty)) in &known {
                    map.serialize_entry(name, &Declared(value, Some(ty)))?;
                }
                for (name, value) in rest {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            (Value::Object(fields), Some(Ty::Map(inner))) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, Declared(value, Some(inner)))))
            }
            (Value::Array(items), Some(Ty::List(inner))) => {
                serializer.collect_seq(items.iter().map(|item| Declared(item, Some(inner))))
            }
            (value, _) => value.serialize(serializer),
        }
    }
}

fn indented(value: &impl Serialize) -> String {
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
    fn declared_order() {
        let value = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"b": "1", "a": "2"}, "name": "p"},
            "spec": {"containers": [{"image": "i", "name": "n", "more": 1}]},
        });
        let ty = crate::api::schema::of_kind("", "v1", "Pod").unwrap();
        let text: String = super::to_json_declared(&value, ty).split_whitespace().collect();
        let expected = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","labels":{"a":"2","b":"1"}},"#;
        assert_eq!(text, format!("{expected}{}", r#""spec":{"containers":[{"name":"n","image":"i","more":1}]}}"#));
    }

    #[test]
    fn indents_and_escapes() {
        let value = serde_json::json!({"b": [], "a": ["<x>"], "c": {}});
        let expected = "{\n    \"a\": [\n        \"\\u003cx\\u003e\"\n    ],\n    \"b\": [],\n    \"c\": {}\n}";
        assert_eq!(super::to_json_indented(&value), expected);
    }
}
