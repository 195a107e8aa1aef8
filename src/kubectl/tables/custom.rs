//! Kinds that users define: the columns that their definition names.
//!
//! Models `apiextensions-apiserver/pkg/registry/customresource/tableconvertor/tableconvertor.go`.

use super::{Style, since};
use crate::api::custom::Custom;
use crate::api::objects::Object;
use crate::base::Value;
use crate::base::time::Timestamp;
use crate::kubectl::gofmt;
use crate::kubectl::jsonpath::Template;

/// The columns that are shown: those of a priority are for `-o wide`.
fn shown<'c>(custom: &'c Custom, style: &Style) -> impl Iterator<Item = &'c Value> {
    let wide = style.wide;
    custom.columns().iter().filter(move |column| wide || column["priority"].as_i64().unwrap_or(0) == 0)
}

fn text<'v>(column: &'v Value, field: &str) -> &'v str {
    column[field].as_str().unwrap_or_default()
}

pub(super) fn headers(custom: &Custom, style: &Style) -> Vec<String> {
    let columns = shown(custom, style).map(|column| text(column, "name"));
    let age = custom.columns().is_empty().then_some("Age");
    std::iter::once("Name").chain(columns).chain(age).map(str::to_uppercase).collect()
}

pub(super) fn cells(custom: &Custom, object: &Object, style: &Style) -> Vec<String> {
    let value = object.to_value();
    let mut cells = vec![object.meta().name.to_string()];
    cells.extend(shown(custom, style).map(|column| cell(column, &value, style.now).unwrap_or_default()));
    if custom.columns().is_empty() {
        cells.push(since(object.meta().creation_timestamp, style.now));
    }
    cells
}

/// What stands in a column; nothing when the field is missing or of another type.
fn cell(column: &Value, object: &Value, now: Timestamp) -> Option<String> {
    let template = Template::parse(&format!("{{{}}}", text(column, "jsonPath"))).ok()?;
    let found = template.find(object).ok()?;
    let value = found.first()?.first()?.as_ref();
    match (text(column, "type"), value) {
        ("string", Value::Object(_) | Value::Array(_)) => Some(crate::base::text::go_json(value)),
        ("string", value) => Some(gofmt::sprint(value)),
        ("integer", Value::Number(number)) => {
            number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)).map(|number| number.to_string())
        }
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => Some(gofmt::sprint(value)),
        ("date", Value::String(text)) => Some(match Timestamp::parse(text) {
            None => "<invalid>".to_owned(),
            moment => since(moment, now),
        }),
        _ => None,
    }
}
