//! The same help for kinds that users define: their schema is in the cluster, and says less than that of Kubernetes' own.

use super::complete::{Completion, Here, Item, Shape};
use super::ground::{Ground, Sheet};
use super::hover::Hover;
use super::outline::{Entry, Place, Role};
use crate::api::kinds::Kind;
use crate::api::schema::{self, TypeId};
use crate::base::path::{FieldPath, Step};
use crate::base::text::go_json;
use crate::base::{Order, Value};
use crate::msg;
use std::ops::Range;

/// The schema of the objects that a document is about, if their kind is one that a definition made.
pub(super) fn schema<'a>(ground: &Ground<'a>, sheet: &Sheet<'_>) -> Option<&'a Value> {
    let version = sheet.outline.text(sheet.text, &["apiVersion"]);
    let kinds = ground.world.api.kinds();
    let kind = kinds.of(version, sheet.kind()).filter(|kind| kind.is_custom())?;
    kinds.custom(kind)?.schema(version)
}

/// Metadata are the same for all kinds: a type that has them, for a path that leads there.
pub(super) fn metadata(path: &[Step]) -> Option<TypeId> {
    let leads = matches!(path.first(), Some(Step::Field(name)) if name == "metadata");
    if leads { schema::of(Kind::CONFIG_MAP) } else { None }
}

/// The schema at a path, and whether the field must be there.
fn at<'s>(schema: &'s Value, path: &[Step]) -> Option<(&'s Value, bool)> {
    let mut found = (schema, false);
    for step in path {
        let around = found.0;
        found = match step {
            Step::Index(_) => (around.get("items")?, false),
            Step::Field(name) | Step::Key(name) => match around.get("properties").and_then(|all| all.get(name)) {
                Some(property) => {
                    let required = around.get("required").and_then(Value::as_array);
                    (property, required.is_some_and(|names| names.iter().any(|known| known == name.as_str())))
                }
                None => (around.get("additionalProperties").filter(|rest| rest.is_object())?, false),
            },
        };
    }
    Some(found)
}

/// What stands in a schema, in a word.
fn type_name(schema: &Value) -> String {
    if schema["x-kubernetes-int-or-string"] == true {
        return "IntOrString".to_owned();
    }
    match (schema["type"].as_str().unwrap_or_default(), schema.get("items"), schema.get("additionalProperties")) {
        ("array", Some(items), _) => format!("[]{}", type_name(items)),
        ("object", _, Some(rest)) if rest.is_object() => format!("map[string]{}", type_name(rest)),
        ("object", ..) => "Object".to_owned(),
        (other, ..) => other.to_owned(),
    }
}

/// The values that are allowed.
fn values(schema: &Value) -> Vec<String> {
    let shown = |value: &Value| value.as_str().map_or_else(|| go_json(value), str::to_owned);
    match schema.get("enum").and_then(Value::as_array) {
        Some(values) => values.iter().map(shown).collect(),
        None if schema["type"] == "boolean" => vec!["true".to_owned(), "false".to_owned()],
        None => Vec::new(),
    }
}

/// What stands at an entry.
pub(super) fn hover(
    schema: &Value,
    here: &Here<'_>,
    entry: &Entry,
    range: Range<usize>,
    on_key: bool,
) -> Option<Hover> {
    let doc = |schema: &Value| schema["description"].as_str().map(|text| text.trim().to_owned());
    if let [Step::Field(name)] = entry.path.as_slice()
        && (name == "kind" || name == "apiVersion")
    {
        let ty = here.sheet.outline.text(here.sheet.text, &["apiVersion"]).to_owned();
        let title = here.sheet.kind().to_owned();
        return Some(Hover { range, title, ty, facts: Vec::new(), leads: Vec::new(), doc: doc(schema) });
    }
    entry.name().or(if on_key { None } else { Some("") })?;
    let (found, required) = at(schema, &entry.path)?;
    let mut facts = Vec::new();
    if required {
        facts.push(msg!("assist.required").into());
    }
    if let Some(value) = found.get("default") {
        let shown = value.as_str().map_or_else(|| go_json(value), str::to_owned);
        facts.push(msg!("assist.default", value = shown).into());
    }
    let allowed = values(found);
    if found.get("enum").is_some() && !allowed.is_empty() {
        facts.push(msg!("assist.values", values = allowed.join(", ")).into());
    }
    let title = FieldPath(entry.path.clone()).to_string();
    Some(Hover { range, title, ty: type_name(found), facts, leads: Vec::new(), doc: doc(found) })
}

/// How a line can go on.
pub(super) fn complete(schema: &Value, here: &Here<'_>, place: &Place, cursor: usize) -> Option<Completion> {
    let item =
        |label: &str, apply: String, detail: String, shape| Item { label: label.to_owned(), apply, detail, shape };
    let mut items = Vec::new();
    if place.role == Role::Value {
        let (found, _) = at(schema, &place.path)?;
        items.extend(values(found).into_iter().map(|value| item(&value, value.clone(), String::new(), Shape::Value)));
    } else {
        let text = here.sheet.text;
        let rest = text.get(cursor..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let bare = rest.trim_start_matches(|c: char| c.is_alphanumeric() || "-_./".contains(c)).starts_with(':');
        let under_cursor =
            |entry: &&Entry| entry.line == place.line && entry.key.start <= cursor && cursor <= entry.key.end;
        let children = here.sheet.outline.children(&place.path).filter(|entry| !under_cursor(entry));
        let present: Vec<&str> = children.filter_map(Entry::name).collect();
        if let Some(of) = place.list.as_ref().and_then(|list| at(schema, list)?.0.get("items")) {
            items.push(item("- ", start_of_item(of), type_name(of), Shape::Item));
        }
        if let Some((found, _)) = at(schema, &place.path) {
            if let Some(of) = found.get("items").filter(|_| !place.flow) {
                items.push(item("- ", start_of_item(of), type_name(of), Shape::Item));
            }
            let required = found.get("required").and_then(Value::as_array);
            let needed = |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
            let properties = found.get("properties").and_then(Value::as_object).into_iter().flatten();
            let mut fields: Vec<(&str, String, String, bool)> = properties
                .map(|(name, property)| (name.as_str(), type_name(property), lines(property, place), needed(name)))
                .collect();
            if place.path.is_empty() {
                let wrapped = format!("\n{}", " ".repeat(place.column + 2));
                let own =
                    [("apiVersion", "string", " "), ("kind", "string", " "), ("metadata", "ObjectMeta", &wrapped)];
                fields.retain(|(name, ..)| *name != "status" && !own.iter().any(|(known, ..)| known == name));
                fields.splice(0..0, own.map(|(name, ty, after)| (name, ty.to_owned(), after.to_owned(), false)));
            }
            fields.retain(|(name, ..)| !present.contains(name));
            fields.order_by_key(|(.., needed)| !needed);
            for (name, ty, after, needed) in fields {
                let detail = if needed { format!("{ty} *") } else { ty };
                let apply = if bare { name.to_owned() } else { format!("{name}:{after}") };
                items.push(item(name, apply, detail, Shape::Field));
            }
        }
    }
    let word = text_of(here.sheet.text, &place.word);
    let from = place.word.start + usize::from(word.starts_with(['"', '\'']));
    (!items.is_empty()).then_some(Completion { from, items })
}

fn text_of<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default()
}

/// What is written behind the colon of a field.
fn lines(schema: &Value, place: &Place) -> String {
    match schema["type"].as_str() {
        _ if place.flow => " ".to_owned(),
        Some("object") => format!("\n{}", " ".repeat(place.column + 2)),
        Some("array") => {
            let start = schema.get("items").map_or_else(|| "- ".to_owned(), start_of_item);
            format!("\n{}{start}", " ".repeat(place.column + 2))
        }
        _ => " ".to_owned(),
    }
}

/// The begin of an item of a list: with its key, else with what it must have.
fn start_of_item(items: &Value) -> String {
    let first = items.get("required").and_then(Value::as_array).and_then(|names| {
        let words = || names.iter().filter_map(Value::as_str);
        words().find(|name| ["name", "key"].contains(name)).or_else(|| words().next())
    });
    first.map_or_else(|| "- ".to_owned(), |name| format!("- {name}: "))
}
