//! What a template may call.
//!
//! Models `text/template/funcs.go` and the functions that kubectl adds.

use super::eval::Found;
use crate::base::text::go_quote;
use crate::base::{Value, base64};
use crate::kubectl::gofmt;
use std::cmp::Ordering;

/// The names of all functions.
pub(super) const NAMES: [&str; 23] = [
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "print",
    "printf",
    "println",
    "html",
    "js",
    "urlquery",
    "call",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "exists",
    "base64decode",
    "break",
    "continue",
];

/// Why a call failed.
pub(super) enum Wrong {
    /// The function said so.
    Called(String),
    /// It was called in a wrong way.
    Use(String),
}

impl Wrong {
    /// The text of an error, with the function that it is about.
    pub(super) fn text(self, name: &str) -> String {
        match self {
            Wrong::Called(text) => format!("error calling {name}: {text}"),
            Wrong::Use(text) => text,
        }
    }
}

/// Whether a value counts as true.
pub(super) fn truth(value: &Found) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(b)) => *b,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
    }
}

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Found]) -> Result<Found, Wrong> {
    let wanted = match name {
        "not" | "len" | "base64decode" => Some(1),
        "ne" | "lt" | "le" | "gt" | "ge" => Some(2),
        _ => None,
    };
    let got = arguments.len();
    if let Some(wanted) = wanted.filter(|wanted| *wanted != got) {
        return Err(Wrong::Use(format!("wrong number of args for {name}: want {wanted} got {got}")));
    }
    let at_least = match name {
        "and" | "or" | "index" | "slice" | "eq" | "printf" | "exists" => 1,
        _ => 0,
    };
    if got < at_least {
        return Err(Wrong::Use(format!("wrong number of args for {name}: want at least {at_least} got {got}")));
    }
    let called = |result: Result<Value, String>| result.map(Some).map_err(Wrong::Called);
    match name {
        // Those before the last did not decide.
        "and" | "or" => Ok(arguments.last().cloned().flatten()),
        "not" => Ok(Some((!arguments.iter().any(truth)).into())),
        "len" => called(length(arguments.first().and_then(Option::as_ref))),
        "index" => index(arguments).map_err(Wrong::Called),
        "slice" => called(slice(arguments)),
        "print" => Ok(Some(print(arguments).into())),
        "println" => Ok(Some(format!("{}\n", arguments.iter().map(text).collect::<Vec<_>>().join(" ")).into())),
        "printf" => Ok(Some(printf(&text(&arguments[0]), &arguments[1..]).into())),
        "html" => Ok(Some(html(&print(arguments)).into())),
        "js" | "urlquery" => Ok(Some(print(arguments).into())),
        "eq" => called(equal(arguments).map(Value::from)),
        "ne" => called(equal(arguments).map(|equal| Value::from(!equal))),
        "lt" | "le" | "gt" | "ge" => {
            let order = order(&arguments[0], &arguments[1]).map_err(Wrong::Called)?;
            let holds = match name {
                "lt" => order == Ordering::Less,
                "le" => order != Ordering::Greater,
                "gt" => order == Ordering::Greater,
                _ => order != Ordering::Less,
            };
            Ok(Some(holds.into()))
        }
        "exists" => Ok(Some(index_all(arguments).is_some().into())),
        "base64decode" => Ok(Some(String::from_utf8_lossy(&base64::decode(&text(&arguments[0]))).into_owned().into())),
        _ => Err(Wrong::Called("call of nil".to_owned())),
    }
}

fn text(value: &Found) -> String {
    value.as_ref().map_or_else(|| "<nil>".to_owned(), gofmt::sprint)
}

fn length(value: Option<&Value>) -> Result<Value, String> {
    match value {
        Some(Value::String(text)) => Ok(text.len().into()),
        Some(Value::Array(items)) => Ok(items.len().into()),
        Some(Value::Object(fields)) => Ok(fields.len().into()),
        None | Some(Value::Null) => Err("len of nil pointer".to_owned()),
        Some(other) => Err(format!("len of type {}", type_of(other))),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn index(arguments: &[Found]) -> Result<Found, String> {
    let Some((first, keys)) = arguments.split_first() else { return Ok(None) };
    let mut value = first.clone();
    if value.is_none() {
        return Err("index of untyped nil".to_owned());
    }
    for key in keys {
        value = match (value, key) {
            (Some(Value::Array(items)), Some(Value::Number(place))) => {
                let place = place.as_i64().and_then(|place| usize::try_from(place).ok());
                match place.and_then(|place| items.get(place).cloned()) {
                    Some(item) => Some(item),
                    None => return Err("reflect: slice index out of range".to_owned()),
                }
            }
            (Some(Value::Array(_)), Some(key)) => {
                return Err(format!("cannot index slice/array with type {}", type_of(key)));
            }
            (Some(Value::Object(fields)), Some(Value::String(key))) => fields.get(key).cloned(),
            (Some(Value::Object(_)), Some(key)) => {
                return Err(format!("value has type {}; should be string", type_of(key)));
            }
            (None | Some(Value::Null), _) => return Err("index of nil pointer".to_owned()),
            (Some(other), _) => return Err(format!("can't index item of type {}", type_of(&other))),
        };
    }
    Ok(value)
}

/// What a row of keys leads to. Models `exists`.
fn index_all(arguments: &[Found]) -> Option<Value> {
    index(arguments).ok().flatten()
}

fn slice(arguments: &[Found]) -> Result<Value, String> {
    let place = |i: usize, otherwise: usize| {
        let number = arguments.get(i).and_then(Option::as_ref).and_then(Value::as_u64);
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(otherwise)
    };
    match arguments.first().and_then(Option::as_ref) {
        Some(Value::String(text)) => {
            let range = place(1, 0)..place(2, text.len());
            text.get(range).map(Value::from).ok_or_else(|| "index out of range".to_owned())
        }
        Some(Value::Array(items)) => {
            let range = place(1, 0)..place(2, items.len());
            items.get(range).map(|items| items.to_vec().into()).ok_or_else(|| "index out of range".to_owned())
        }
        Some(other) => Err(format!("can't slice item of type {}", type_of(other))),
        None => Err("slice of untyped nil".to_owned()),
    }
}

/// `fmt.Sprint`: a space between two operands when neither is a text.
fn print(arguments: &[Found]) -> String {
    let mut out = String::new();
    let is_text = |value: &Found| matches!(value, Some(Value::String(_)));
    for (i, argument) in arguments.iter().enumerate() {
        if i.checked_sub(1).and_then(|i| arguments.get(i)).is_some_and(|before| !is_text(before) && !is_text(argument))
        {
            out.push(' ');
        }
        out.push_str(&text(argument));
    }
    out
}

/// `fmt.Sprintf` with the verbs that make sense for what JSON knows.
fn printf(format: &str, arguments: &[Found]) -> String {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| !matches!(c, '-' | '+' | ' ' | '#' | '.' | '0'..='9')).unwrap_or(rest.len());
        let (flags, after) = rest.split_at(end);
        let mut chars = after.chars();
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            return out;
        };
        rest = chars.as_str();
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(argument) = arguments.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        out.push_str(&padded(flags, verb, argument));
    }
    out.push_str(rest);
    out
}

fn padded(flags: &str, verb: char, argument: &Found) -> String {
    let (left, flags) = flags.strip_prefix('-').map_or((false, flags), |flags| (true, flags));
    let zeros = flags.starts_with('0') && !left;
    let (width, precision) = flags.split_once('.').map_or((flags, None), |(width, rest)| (width, rest.parse().ok()));
    let width = width.trim_matches(['+', ' ', '#']).parse().unwrap_or(0_usize).min(1_000);
    let precision: Option<usize> = precision.map(|precision: usize| precision.min(1_000));
    let number = argument.as_ref().and_then(Value::as_f64);
    let shown = match (verb, argument) {
        ('v' | 's', Some(Value::String(_)))
        | ('v', _)
        | ('d', Some(Value::Number(_)))
        | ('t', Some(Value::Bool(_))) => text(argument),
        ('q', Some(Value::String(text))) => go_quote(text),
        ('f', Some(Value::Number(_))) => format!("{:.*}", precision.unwrap_or(6), number.unwrap_or(0.0)),
        ('x', Some(Value::Number(number))) => format!("{:x}", number.as_i64().unwrap_or(0)),
        (verb, Some(value)) => format!("%!{verb}({}={})", type_of(value), gofmt::sprint(value)),
        (verb, None) => format!("%!{verb}(<nil>)"),
    };
    let shown = match precision.filter(|_| verb == 's') {
        Some(precision) => shown.chars().take(precision).collect(),
        None => shown,
    };
    let fill = width.saturating_sub(shown.chars().count());
    match (left, zeros) {
        (true, _) => shown + &" ".repeat(fill),
        (false, true) => "0".repeat(fill) + &shown,
        (false, false) => " ".repeat(fill) + &shown,
    }
}

fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

const INCOMPATIBLE: &str = "incompatible types for comparison";

/// Whether the first equals one of the others.
fn equal(arguments: &[Found]) -> Result<bool, String> {
    let Some((first, others)) = arguments.split_first() else { return Ok(false) };
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        match (first, other) {
            (Some(a), Some(b)) if type_of(a) == type_of(b) && a == b => return Ok(true),
            (Some(a), Some(b)) if type_of(a) != type_of(b) && !a.is_null() && !b.is_null() => {
                return Err(INCOMPATIBLE.to_owned());
            }
            (None, None) => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}

fn order(a: &Found, b: &Found) -> Result<Ordering, String> {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) if a.is_f64() == b.is_f64() => {
            Ok(a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal))
        }
        (Some(Value::String(a)), Some(Value::String(b))) => Ok(a.cmp(b)),
        (Some(Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_)) | None, _) => {
            Err("invalid type for comparison".to_owned())
        }
        _ => Err(INCOMPATIBLE.to_owned()),
    }
}
