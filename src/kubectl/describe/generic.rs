//! Kinds without a describer: all fields, with their names as labels.
//!
//! Models `genericDescriber` and `smartLabelFor`.

use super::Text;
use crate::api::objects::Object;
use crate::base::{Fields, Value};
use crate::kubectl::gofmt;

pub(super) fn generic(object: &Object, text: &mut Text) {
    let meta = object.meta();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    if let Value::Object(fields) = object.to_value() {
        content(&fields, 0, "", text);
    }
}

fn content(fields: &Fields, level: usize, prefix: &str, text: &mut Text) {
    const SKIPPED: [&str; 5] = [
        ".metadata.managedFields",
        ".metadata.name",
        ".metadata.namespace",
        ".metadata.labels",
        ".metadata.annotations",
    ];
    for (name, value) in fields {
        let path = format!("{prefix}.{name}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        match value {
            Value::Object(inner) => {
                text.line(level, format_args!("{}:", label(name)));
                content(inner, level + 1, &path, text);
            }
            Value::Array(items) => {
                text.line(level, format_args!("{}:", label(name)));
                for item in items {
                    match item {
                        Value::Object(inner) => content(inner, level + 1, &path, text),
                        other => text.line(level + 1, gofmt::sprint(other)),
                    }
                }
            }
            other => text.line(level, format_args!("{}:\t{}", label(name), gofmt::sprint(other))),
        }
    }
}

/// `podSelector` becomes `Pod Selector`, `apiVersion` `API Version`.
fn label(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    let letters: Vec<char> = field.chars().collect();
    for (i, c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let starts = match before {
            None => true,
            Some(before) => {
                let next_is_lower = letters.get(i + 1).is_some_and(|next| next.is_lowercase());
                (c.is_uppercase() && (!before.is_uppercase() || next_is_lower))
                    || (c.is_alphabetic() != before.is_alphabetic())
            }
        };
        match parts.last_mut().filter(|_| !starts) {
            Some(part) => part.push(*c),
            None => parts.push(c.to_string()),
        }
    }
    let titled = parts.into_iter().map(|part| {
        let upper = part.to_uppercase();
        if matches!(upper.as_str(), "API" | "URL" | "UID" | "GUID") {
            return upper;
        }
        if part.to_lowercase() == part {
            let mut chars = part.chars();
            return chars
                .next()
                .map_or(String::new(), |first| first.to_uppercase().collect::<String>() + chars.as_str());
        }
        part
    });
    titled.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_of_fields() {
        for (field, expected) in [
            ("apiVersion", "API Version"),
            ("podSelector", "Pod Selector"),
            ("kind", "Kind"),
            ("clusterIP", "Cluster IP"),
            ("a.b/c", "a.b/c"),
            ("uid", "UID"),
        ] {
            assert_eq!(super::label(field), expected);
        }
    }
}
