//! Whether an object is what its schema says, in the words of the API server.
//!
//! Models `k8s.io/kube-openapi/pkg/validation/validate`, `apiextensions-apiserver/pkg/apiserver/validation` and
//! `.../schema/listtype`.

use super::prune::{is_meta, properties};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::base::Value;
use crate::base::path::{FieldPath, Step};
use crate::base::regex::Regex;
use crate::base::text::{go_json, go_quote};
use std::collections::BTreeSet;

/// What is wrong with an object, or with a part of it that stands at `path`.
pub fn check(schema: &Value, value: &Value, path: &FieldPath) -> Vec<FieldError> {
    let mut errors = of_value(schema, value, path).errors;
    list_types(schema, value, path, &mut errors);
    errors
}

/// The warnings that a new finalizer's name deserves.
///
/// Models `validateKubeFinalizerName` of `pkg/registry/customresource/validator.go`.
pub fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    const STANDARD: [&str; 3] = ["orphan", "foregroundDeletion", "kubernetes"];
    let names = |object: &Value| -> BTreeSet<String> {
        let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let before = old.map(names).unwrap_or_default();
    let advised = names(new).into_iter().filter(|name| !before.contains(name) && !name.contains('/'));
    let advised = advised.filter(|name| !STANDARD.contains(&name.as_str()));
    advised
        .map(|name| {
            let path = if name.contains('.') { " including a path (/)" } else { "" };
            format!(
                "metadata.finalizers: {}: prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with \
                 other finalizer writers",
                go_quote(&name)
            )
        })
        .collect()
}

/// Errors, and how much fitted: of several schemas that do not fit, the one that came nearest is told.
#[derive(Default)]
struct Outcome {
    errors: Vec<FieldError>,
    fitting: usize,
}

impl Outcome {
    fn merge(&mut self, other: Outcome) {
        self.errors.extend(other.errors);
        self.fitting += other.fitting;
    }

    /// What is said of a place as a whole.
    fn whole(&mut self, text: String) {
        let nowhere = FieldPath(vec![Step::Field("<nil>".to_owned())]);
        self.errors.push(FieldError::new(nowhere, FieldErrorKind::Invalid, Some("".into()), text));
    }
}

fn of_value(schema: &Value, value: &Value, path: &FieldPath) -> Outcome {
    let mut outcome = Outcome::default();
    let place = path.to_string();
    match wrong_type(schema, value, &place) {
        Some((shown, text)) => {
            outcome.errors.push(FieldError::new(path.clone(), FieldErrorKind::TypeInvalid, Some(shown.into()), text));
        }
        None => outcome.fitting += 2,
    }
    if value.is_null() {
        not_in_enum(schema, value, path, &mut outcome);
        return outcome;
    }
    outcome.merge(of_junctors(schema, value, path, &place));
    let mut invalid = |shown: Value, text: String| {
        outcome.errors.push(FieldError::new(path.clone(), FieldErrorKind::Invalid, Some(shown), text));
    };
    match value {
        Value::String(text) => of_text(schema, text, &place, &mut invalid, path).into_iter().for_each(|error| {
            outcome.errors.push(error);
        }),
        Value::Number(_) => of_number(schema, value, &place, &mut invalid),
        Value::Array(items) => of_list(schema, items, path, &place, &mut outcome),
        _ => {}
    }
    not_in_enum(schema, value, path, &mut outcome);
    if let Value::Object(fields) = value {
        of_object(schema, fields, path, &place, &mut outcome);
    }
    outcome.fitting += 1;
    outcome
}

fn number(schema: &Value, name: &str) -> Option<i64> {
    schema.get(name).and_then(Value::as_i64)
}

/// The type that the value has and the error's words, if it is not one that the schema allows.
fn wrong_type(schema: &Value, value: &Value, place: &str) -> Option<(&'static str, String)> {
    let wanted = match schema.get("type").and_then(Value::as_str) {
        _ if schema["x-kubernetes-int-or-string"] == true => "integer,string",
        Some(wanted) => wanted,
        None => return None,
    };
    let has = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
    };
    let whole = value.as_f64().is_some_and(|float| float.fract() == 0.0);
    let fits = match has {
        "null" => schema["nullable"] == true,
        "number" => wanted == "number" || (whole && wanted.starts_with("integer")),
        "integer" => wanted == "number" || wanted.starts_with("integer"),
        "string" => wanted.ends_with("string"),
        has => wanted == has,
    };
    (!fits).then(|| (has, format!("{place} in body must be of type {wanted}: {}", go_quote(has))))
}

fn not_in_enum(schema: &Value, value: &Value, path: &FieldPath, outcome: &mut Outcome) {
    let Some(allowed) = schema.get("enum").and_then(Value::as_array) else { return };
    if allowed.contains(value) {
        outcome.fitting += 1;
        return;
    }
    let words = allowed.iter().map(|value| match value {
        Value::String(text) => go_quote(text),
        other => go_quote(&go_json(other)),
    });
    let detail = format!("supported values: {}", words.collect::<Vec<_>>().join(", "));
    outcome.errors.push(FieldError::new(path.clone(), FieldErrorKind::NotSupported, Some(value.clone()), detail));
}

/// `maxLength`, `minLength`, `pattern` and `format`.
fn of_text(
    schema: &Value,
    text: &str,
    place: &str,
    invalid: &mut impl FnMut(Value, String),
    path: &FieldPath,
) -> Option<FieldError> {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    if let Some(most) = number(schema, "maxLength").filter(|most| length > *most) {
        let detail = format!("may not be more than {most} {}", if most == 1 { "byte" } else { "bytes" });
        return Some(FieldError::new(path.clone(), FieldErrorKind::TooLong, None, detail));
    }
    if let Some(least) = number(schema, "minLength").filter(|least| length < *least) {
        invalid(text.into(), format!("{place} in body should be at least {least} chars long"));
        return None;
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && Regex::new(pattern).is_ok_and(|regex| !regex.matches(text))
    {
        invalid(text.into(), format!("{place} in body should match '{pattern}'"));
    }
    if let Some(format) = schema.get("format").and_then(Value::as_str)
        && !has_format(format, text)
    {
        invalid(text.into(), format!("{place} in body must be of type {format}: {}", go_quote(text)));
    }
    None
}

/// Whether a text is of a format; formats that the API server does not check fit always.
///
/// Models `k8s.io/kube-openapi/pkg/validation/strfmt`.
fn has_format(format: &str, text: &str) -> bool {
    use crate::api::{decode, validate};
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match format {
        "date-time" => decode::is_time(text),
        "date" => text.len() == 10 && decode::is_time(&format!("{text}T00:00:00Z")),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "cidr" => text.split_once('/').is_some_and(|(ip, bits)| {
            let most = if ip.contains(':') { 128 } else { 32 };
            ip.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        }),
        "hostname" => validate::text::dns_subdomain(&text.to_lowercase()).is_empty(),
        "uri" => text.starts_with('/') || text.contains("://"),
        "email" => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        "uuid" => {
            let parts: Vec<usize> = text.split('-').map(str::len).collect();
            (parts == [8, 4, 4, 4, 12] || text.len() == 32) && hex(&text.replace('-', ""))
        }
        "mac" => text.split([':', '-']).count() == 6 && text.split([':', '-']).all(|part| part.len() == 2 && hex(part)),
        "byte" => decode::is_base64(text),
        "duration" => is_duration(text),
        _ => true,
    }
}

/// `1h30m`, `1.5s`; also `3 days`.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 9] = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"];
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut any = false;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start();
        let end = after.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let known =
            UNITS.contains(&unit) || ["second", "minute", "hour", "day", "week"].contains(&unit.trim_end_matches('s'));
        if after.len() == rest.len() || !known {
            return false;
        }
        (rest, any) = (next.trim_start(), true);
    }
    any
}

/// Limits and factors.
fn of_number(schema: &Value, value: &Value, place: &str, invalid: &mut impl FnMut(Value, String)) {
    let Some(has) = value.as_f64() else { return };
    let shown = |limit: &Value| match limit.as_f64() {
        Some(float) if value.is_f64() || float.fract() != 0.0 => go_float(float),
        Some(float) => format!("{float:.0}"),
        None => String::new(),
    };
    let limit = |name: &str| schema.get(name).filter(|limit| limit.is_number());
    if let Some(factor) = limit("multipleOf").filter(|factor| {
        let quotient = has / factor.as_f64().unwrap_or(1.0);
        quotient.fract() != 0.0
    }) {
        invalid(value.clone(), format!("{place} in body should be a multiple of {}", shown(factor)));
    }
    for (name, flag, more, less) in [
        ("maximum", "exclusiveMaximum", "less than or equal to", "less than"),
        ("minimum", "exclusiveMinimum", "greater than or equal to", "greater than"),
    ] {
        let Some(limit) = limit(name) else { continue };
        let bound = limit.as_f64().unwrap_or_default();
        let beyond = if name == "maximum" { has > bound } else { has < bound };
        let exclusive = schema[flag] == true;
        if beyond || (exclusive && has == bound) {
            let words = if exclusive { less } else { more };
            invalid(value.clone(), format!("{place} in body should be {words} {}", shown(limit)));
        }
    }
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if format == "int32" && schema["type"] == "integer" && i32::try_from(value.as_i64().unwrap_or_default()).is_err() {
        invalid(value.clone(), format!("Checked value must be of type integer with format int32 in {place}"));
    }
}

/// `%v` of a float.
fn go_float(float: f64) -> String {
    let exponent = if float == 0.0 { 0.0 } else { float.abs().log10().floor() };
    if (-4.0..21.0).contains(&exponent) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

fn of_list(schema: &Value, items: &[Value], path: &FieldPath, place: &str, outcome: &mut Outcome) {
    if let Some(inner) = schema.get("items") {
        for (i, item) in items.iter().enumerate() {
            outcome.merge(of_value(inner, item, &path.index(i)));
        }
    }
    let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if let Some(least) = number(schema, "minItems").filter(|least| size < *least) {
        let text = format!("{place} in body should have at least {least} items");
        outcome.errors.push(FieldError::new(path.clone(), FieldErrorKind::Invalid, Some(size.into()), text));
    }
    if let Some(most) = number(schema, "maxItems").filter(|most| size > *most) {
        outcome.errors.push(too_many(path, size, most));
    }
}

fn too_many(path: &FieldPath, size: i64, most: i64) -> FieldError {
    let detail = format!("must have at most {most} {}", if most == 1 { "item" } else { "items" });
    FieldError::new(path.clone(), FieldErrorKind::TooMany, Some(size.into()), detail)
}

fn of_object(schema: &Value, fields: &crate::base::Fields, path: &FieldPath, place: &str, outcome: &mut Outcome) {
    let size = i64::try_from(fields.len()).unwrap_or(i64::MAX);
    if let Some(least) = number(schema, "minProperties").filter(|least| size < *least) {
        let text = format!("{place} in body should have at least {least} properties");
        outcome.errors.push(FieldError::new(path.clone(), FieldErrorKind::Invalid, Some(size.into()), text));
    }
    if let Some(most) = number(schema, "maxProperties").filter(|most| size > *most) {
        outcome.errors.push(too_many(path, size, most));
    }
    let named = |name: &str| schema.get("properties").is_some_and(|all| all.get(name).is_some());
    if let Some(rest) = schema.get("additionalProperties").filter(|rest| rest.is_object()) {
        for (name, value) in fields.iter().filter(|(name, _)| !named(name)) {
            outcome.merge(of_value(rest, value, &path.child(name)));
        }
    }
    for (name, property) in properties(schema) {
        let meta = path.0.is_empty() && is_meta(name);
        if let Some(value) = fields.get(name).filter(|_| !meta) {
            outcome.merge(of_value(property, value, &path.child(name)));
        }
    }
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if fields.get(name).is_none() {
            outcome.errors.push(FieldError::new(path.child(name), FieldErrorKind::Required, None, ""));
        }
    }
}

/// `anyOf`, `oneOf`, `allOf` and `not`.
fn of_junctors(schema: &Value, value: &Value, path: &FieldPath, place: &str) -> Outcome {
    let mut result = Outcome { fitting: 1, ..Outcome::default() };
    let branches = |name: &str| schema.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let place = go_quote(place);
    for (name, one) in [("anyOf", false), ("oneOf", true)] {
        let branches = branches(name);
        if branches.is_empty() {
            continue;
        }
        let mut valid = 0;
        let mut nearest: Option<Outcome> = None;
        for branch in branches {
            let outcome = of_value(branch, value, path);
            if outcome.errors.is_empty() {
                valid += 1;
                if !one {
                    break;
                }
            } else if valid == 0 && nearest.as_ref().is_none_or(|best| outcome.fitting > best.fitting) {
                nearest = Some(outcome);
            }
        }
        match (one, valid) {
            (_, 1) | (false, 1..) => continue,
            (false, _) => result.whole(format!("{place} must validate at least one schema (anyOf)")),
            (true, 0) => {
                result.whole(format!("{place} must validate one and only one schema (oneOf). Found none valid"))
            }
            (true, _) => result.whole(format!(
                "{place} must validate one and only one schema (oneOf). Found {valid} valid alternatives"
            )),
        }
        if valid == 0 {
            result.merge(nearest.unwrap_or_default());
        }
    }
    let all = branches("allOf");
    let mut valid = 0;
    for branch in all {
        let outcome = of_value(branch, value, path);
        valid += usize::from(outcome.errors.is_empty());
        result.merge(outcome);
    }
    if valid != all.len() {
        let none = if valid == 0 { ". None validated" } else { "" };
        result.whole(format!("{place} must validate all the schemas (allOf){none}"));
    }
    if schema.get("not").is_some_and(|not| of_value(not, value, path).errors.is_empty()) {
        result.whole(format!("{place} must not validate the schema (not)"));
    }
    result
}

/// That lists which are sets or maps have no item twice.
fn list_types(schema: &Value, value: &Value, path: &FieldPath, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match schema.get("properties").and_then(|all| all.get(name)) {
                    Some(property) => list_types(property, value, &path.child(name), errors),
                    None => {
                        if let Some(rest) = schema.get("additionalProperties").filter(|rest| rest.is_object()) {
                            list_types(rest, value, &path.key(name), errors);
                        }
                    }
                }
            }
        }
        Value::Array(items) => {
            let inner = schema.get("items");
            let keys: Vec<&str> = match schema["x-kubernetes-list-type"].as_str() {
                Some("set") => Vec::new(),
                Some("map") => {
                    let keys = schema["x-kubernetes-list-map-keys"].as_array();
                    keys.into_iter().flatten().filter_map(Value::as_str).collect()
                }
                _ => {
                    for (i, item) in items.iter().enumerate() {
                        inner.into_iter().for_each(|inner| list_types(inner, item, &path.index(i), errors));
                    }
                    return;
                }
            };
            let mut seen = std::collections::BTreeMap::new();
            for (i, item) in items.iter().enumerate() {
                let known: Value = match keys.is_empty() {
                    true => item.clone(),
                    false => keys.iter().filter_map(|key| Some(((*key).to_owned(), item.get(key)?.clone()))).collect(),
                };
                let times = seen.entry(go_json(&known)).or_insert(0);
                *times += 1;
                if *times == 2 {
                    errors.push(FieldError::new(path.index(i), FieldErrorKind::Duplicate, Some(known), ""));
                }
            }
            for (i, item) in items.iter().enumerate() {
                inner.into_iter().for_each(|inner| list_types(inner, item, &path.index(i), errors));
            }
        }
        _ => {}
    }
}
