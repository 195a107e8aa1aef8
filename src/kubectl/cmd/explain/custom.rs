//! Kinds that users define: their schema is their documentation.

use super::{Page, indent, wrap};
use crate::api::schema;
use crate::base::Order;
use crate::base::Value;
use crate::base::text::go_json;

/// The text below the head for a path into the objects of a schema; `None` if there is no such field.
pub(super) fn explain(page: &Page, root: &Value, path: &[&str]) -> Option<String> {
    if let (["metadata", rest @ ..], Some(meta)) = (path, schema::named("ObjectMeta"))
        && !rest.is_empty()
    {
        return page.explain(meta, rest);
    }
    let Some((last, before)) = path.split_last() else {
        return Some(page.description(text(root, "description"), None) + &below(page, root, true));
    };
    if let (true, Some(pod)) = (before.is_empty() && is_common(last), schema::named("Pod")) {
        return page.explain(pod, &[last]);
    }
    let mut owner = root;
    for name in before {
        owner = held(owner.get("properties")?.get(*name)?);
    }
    let field = owner.get("properties")?.get(*last)?;
    let mut out = format!("FIELD: {last} <{}>\n", type_name(field));
    let values = values_of(field);
    if !values.is_empty() {
        let lines: String = values.iter().map(|value| format!("\n    {value}")).collect();
        out.push_str(&format!("ENUM:{lines}"));
    }
    out.push_str("\n\n");
    let inner = held(field);
    let of_items = Some(text(inner, "description")).filter(|_| !std::ptr::eq(inner, field));
    out.push_str(&page.description(text(field, "description"), of_items));
    out.push_str(&if inner.get("properties").is_some() { below(page, inner, false) } else { "\n".to_owned() });
    Some(out)
}

fn text<'v>(schema: &'v Value, field: &str) -> &'v str {
    schema.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Fields that every object has; what is said of them is said of a Pod's.
fn is_common(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata")
}

/// What a list or map holds, or the thing itself.
fn held(schema: &Value) -> &Value {
    let inner = schema.get("items").or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object()));
    inner.map_or(schema, held)
}

fn type_name(schema: &Value) -> String {
    if let Some(items) = schema.get("items") {
        return format!("[]{}", type_name(items));
    }
    if let Some(rest) = schema.get("additionalProperties").filter(|rest| rest.is_object()) {
        return format!("map[string]{}", type_name(rest));
    }
    match text(schema, "type") {
        "" | "object" => "Object".to_owned(),
        other => other.to_owned(),
    }
}

fn values_of(schema: &Value) -> Vec<String> {
    let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let shown = values.map(|value| match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => go_json(other),
    });
    shown.collect()
}

fn below(page: &Page, schema: &Value, object: bool) -> String {
    let mut out = String::new();
    fields(page, schema, object, 1, &mut out);
    if out.is_empty() { "\n".to_owned() } else { format!("FIELDS:\n{out}\n") }
}

fn fields(page: &Page, schema: &Value, object: bool, level: usize, out: &mut String) {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut all: Vec<(&str, Option<&Value>)> = own
        .filter(|(name, _)| !(object && is_common(name)))
        .map(|(name, field)| (name.as_str(), Some(field)))
        .collect();
    if object {
        all.extend(["apiVersion", "kind", "metadata"].map(|name| (name, None)));
    }
    all.order_by_key(|(name, _)| *name);
    for (name, field) in all {
        let Some(field) = field else {
            let pod = schema::named("Pod");
            if let Some((pod, known)) = pod.and_then(|pod| Some((pod, schema::field(pod, name)?))) {
                page.field(pod, known, level, out);
                page.deeper(&known.ty, level, out);
            }
            continue;
        };
        let margin = level * 2;
        let mark = if required.contains(&name) { " -required-" } else { "" };
        out.push_str(&format!("{}{name}\t<{}>{mark}", " ".repeat(margin), type_name(field)));
        let values = values_of(field);
        if !values.is_empty() {
            let mut words = values.get(..4).unwrap_or(&values).to_vec();
            if values.len() > 4 {
                words.push("....".to_owned());
            }
            out.push_str(&format!("\n{}enum: {}", " ".repeat(margin), words.join(", ")));
        }
        out.push('\n');
        if page.recursive {
            if page.depth == 0 || level < page.depth {
                fields(page, held(field), false, level + 1, out);
            }
            continue;
        }
        let text = Some(text(field, "description")).filter(|text| !text.is_empty()).unwrap_or("<no description>");
        out.push_str(&indent(margin + 2, &wrap(78 - margin.min(78), text)));
        out.push_str("\n\n");
    }
}
