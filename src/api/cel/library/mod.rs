//! Operators and functions.
//!
//! [`operate`] and [`call`] are where to start; what belongs together has a file: [`lists`], addresses and URLs in [`net`],
//! versions in [`semver`], and in [`format`] how texts are made and which forms they may have.

mod format;
mod lists;
mod net;
mod semver;

pub use format::Form;
pub use lists::sort;
pub use net::Url;
pub use semver::Semver;

use super::eval::{Fault, fail, no_overload};
use super::time::{self, Parts, SECOND};
use super::value::Val;
use crate::api::quantity::{Format, Quantity};
use crate::base::regex::Regex;
use crate::base::text::go_quote;
use std::cmp::Ordering;
use std::rc::Rc;

/// Names before a dot that belong to functions.
pub const SPACES: [&str; 6] = ["optional", "sets", "ip", "lists", "strings", "format"];

/// Texts and lists made by functions may not become longer.
const LONGEST: usize = 1_000_000;

/// The type that a name stands for.
pub fn type_named(name: &str) -> Option<Val> {
    const TYPES: [&str; 10] = ["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type"];
    TYPES.into_iter().find(|known| *known == name).map(Val::Type)
}

/// A value as `string` makes it.
pub fn text_of(value: &Val) -> Option<String> {
    Some(match value {
        Val::Bool(value) => value.to_string(),
        Val::Int(number) => number.to_string(),
        Val::Uint(number) => number.to_string(),
        Val::Double(number) => number.to_string(),
        Val::Text(text) => text.to_string(),
        Val::Bytes(bytes) => String::from_utf8(bytes.to_vec()).ok()?,
        Val::Duration(nanos) => time::show_duration(*nanos),
        Val::Time(nanos) => time::show(*nanos),
        Val::Ip(ip) => ip.to_string(),
        Val::Cidr(cidr) => format!("{}/{}", cidr.ip, cidr.bits),
        Val::Type(name) => (*name).to_owned(),
        _ => return None,
    })
}

/// A value of an operator with two operands that are both looked at.
pub fn operate(sign: &str, a: &Val, b: &Val) -> Result<Val, Fault> {
    use Val::{Bytes, Double, Duration, Int, List, Text, Time, Uint};
    let overflow = |unsigned: bool| {
        Fault::Error(if unsigned { "unsigned integer overflow" } else { "integer overflow" }.to_owned())
    };
    let order = |wanted: &[Ordering]| match a.partial_cmp(b) {
        Some(order) => Ok(Val::Bool(wanted.contains(&order))),
        None if matches!((a, b), (Double(_), _) | (_, Double(_))) => Ok(Val::Bool(false)),
        None => Err(no_overload()),
    };
    match sign {
        "==" => return Ok(Val::Bool(a == b)),
        "!=" => return Ok(Val::Bool(a != b)),
        "<" => return order(&[Ordering::Less]),
        "<=" => return order(&[Ordering::Less, Ordering::Equal]),
        ">" => return order(&[Ordering::Greater]),
        ">=" => return order(&[Ordering::Greater, Ordering::Equal]),
        "in" => {
            return match b {
                List(items, _) => Ok(Val::Bool(items.contains(a))),
                Val::Map(_) => Ok(Val::Bool(b.at(a).is_some())),
                _ => Err(no_overload()),
            };
        }
        _ => {}
    }
    match (a, b) {
        (Int(_) | Uint(_), Int(0) | Uint(0)) if sign == "/" => fail("division by zero"),
        (Int(_) | Uint(_), Int(0) | Uint(0)) if sign == "%" => fail("modulus by zero"),
        (Int(a), Int(b)) => match sign {
            "+" => a.checked_add(*b),
            "-" => a.checked_sub(*b),
            "*" => a.checked_mul(*b),
            "/" => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }
        .map_or_else(|| Err(overflow(false)), |number| Ok(Int(number))),
        (Uint(a), Uint(b)) => match sign {
            "+" => a.checked_add(*b),
            "-" => a.checked_sub(*b),
            "*" => a.checked_mul(*b),
            "/" => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }
        .map_or_else(|| Err(overflow(true)), |number| Ok(Uint(number))),
        (Double(a), Double(b)) => match sign {
            "+" => Ok(Double(a + b)),
            "-" => Ok(Double(a - b)),
            "*" => Ok(Double(a * b)),
            "/" => Ok(Double(a / b)),
            _ => Err(no_overload()),
        },
        (Text(a), Text(b)) if sign == "+" => short(format!("{a}{b}")),
        (Bytes(a), Bytes(b)) if sign == "+" => Ok(Bytes(Rc::new([a.as_slice(), b.as_slice()].concat()))),
        (List(a, loose), List(b, _)) if sign == "+" => {
            if a.len() + b.len() > LONGEST {
                return Err(Fault::Cost);
            }
            Ok(List(Rc::new([a.as_slice(), b.as_slice()].concat()), *loose))
        }
        (Duration(a), Duration(b)) if sign == "+" => Ok(Duration(a + b)),
        (Duration(a), Duration(b)) if sign == "-" => Ok(Duration(a - b)),
        (Time(a), Duration(b)) | (Duration(b), Time(a)) if sign == "+" => Ok(Time(a + b)),
        (Time(a), Duration(b)) if sign == "-" => Ok(Time(a - b)),
        (Time(a), Time(b)) if sign == "-" => Ok(Duration(a - b)),
        _ => Err(no_overload()),
    }
}

fn short(text: String) -> Result<Val, Fault> {
    if text.len() > LONGEST { Err(Fault::Cost) } else { Ok(Val::Text(text.into())) }
}

/// The value of a function; that of a member comes first among `args`.
pub fn call(name: &str, args: &[Val]) -> Result<Val, Fault> {
    let found = match args {
        [value]
            if matches!(name, "int" | "uint" | "double" | "string" | "bytes" | "bool" | "duration" | "timestamp") =>
        {
            return convert(name, value);
        }
        [] if name == "optional.none" => Val::Optional(None),
        [value] if name == "optional.of" => Val::Optional(Some(Rc::new(value.clone()))),
        [value] if name == "optional.ofNonZeroValue" => {
            Val::Optional((!value.is_zero()).then(|| Rc::new(value.clone())))
        }
        [value] if name == "dyn" => value.clone(),
        [value] if name == "type" => Val::Type(value.kind()),
        [Val::Text(text), rest @ ..] => return of_text(name, text, rest),
        [Val::List(items, _), rest @ ..] => return lists::call(name, items, rest),
        [Val::Int(end)] if name == "lists.range" => return lists::range(*end),
        [] => match name.strip_prefix("format.").and_then(Form::named) {
            Some(form) => Val::Form(form),
            None => return Err(no_overload()),
        },
        [Val::Form(form), Val::Text(text)] if name == "validate" => form.validate(text),
        [Val::Semver(a), rest @ ..] => return semver::call(name, a, rest),
        [Val::Map(entries)] if name == "size" => Val::Int(entries.len() as i64),
        [Val::Bytes(bytes)] if name == "size" => Val::Int(bytes.len() as i64),
        [Val::Optional(inner)] => match (name, inner) {
            ("hasValue", inner) => Val::Bool(inner.is_some()),
            ("value", Some(inner)) => (**inner).clone(),
            ("value", None) => return fail("optional.none() dereference"),
            _ => return Err(no_overload()),
        },
        [Val::Quantity(a), rest @ ..] => return of_quantity(name, *a, rest),
        [Val::Duration(nanos)] => Val::Int(match name {
            "getHours" => nanos / (3600 * SECOND),
            "getMinutes" => nanos / (60 * SECOND),
            "getSeconds" => nanos / SECOND,
            "getMilliseconds" => nanos / 1_000_000,
            _ => return Err(no_overload()),
        } as i64),
        [Val::Time(nanos)] => {
            let parts = Parts::of(*nanos);
            Val::Int(match name {
                "getFullYear" => parts.year,
                "getMonth" => parts.month - 1,
                "getDate" => parts.day,
                "getDayOfMonth" => parts.day - 1,
                "getDayOfWeek" => parts.day_of_week,
                "getDayOfYear" => parts.day_of_year,
                "getHours" => parts.hour,
                "getMinutes" => parts.minute,
                "getSeconds" => parts.second,
                "getMilliseconds" => (nanos.rem_euclid(SECOND) / 1_000_000) as i64,
                _ => return Err(no_overload()),
            })
        }
        [Val::Ip(ip)] => net::of_address(name, *ip)?,
        [Val::Cidr(cidr), rest @ ..] => return net::of_network(name, cidr, rest),
        [Val::Url(url)] => url.part(name)?,
        // Parts of a time in another zone.
        [Val::Time(_), Val::Text(_)] if name.starts_with("get") => return Err(Fault::Unmodelled),
        _ => return Err(no_overload()),
    };
    Ok(found)
}

fn convert(name: &str, value: &Val) -> Result<Val, Fault> {
    use Val::{Bool, Bytes, Double, Int, Text, Time, Uint};
    let range = |unsigned: &str| Fault::Error(format!("{unsigned}integer overflow"));
    let unreadable = |function: &str, text: &str| {
        Fault::Error(format!("strconv.{function}: parsing {}: invalid syntax", go_quote(text)))
    };
    Ok(match (name, value) {
        ("int", Int(_)) | ("uint", Uint(_)) | ("double", Double(_)) | ("bytes", Bytes(_)) | ("bool", Bool(_)) => {
            value.clone()
        }
        ("int", Uint(number)) => Int(i64::try_from(*number).map_err(|_| range(""))?),
        ("int", Double(number)) if number.abs() < 9.2e18 => Int(*number as i64),
        ("uint", Int(number)) => Uint(u64::try_from(*number).map_err(|_| range("unsigned "))?),
        ("uint", Double(number)) if (0.0..1.8e19).contains(number) => Uint(*number as u64),
        ("int" | "uint", Double(_)) => return Err(range(if name == "int" { "" } else { "unsigned " })),
        ("int", Text(text)) => Int(text.parse().map_err(|_| unreadable("ParseInt", text))?),
        ("uint", Text(text)) => Uint(text.parse().map_err(|_| unreadable("ParseUint", text))?),
        ("double", Text(text)) => Double(text.parse().map_err(|_| unreadable("ParseFloat", text))?),
        ("int", Time(nanos)) => Int(nanos.div_euclid(SECOND) as i64),
        ("double", Int(number)) => Double(*number as f64),
        ("double", Uint(number)) => Double(*number as f64),
        ("bytes", Text(text)) => Bytes(Rc::new(text.as_bytes().to_vec())),
        ("bool", Text(text)) => match &**text {
            "1" | "t" | "true" | "T" | "TRUE" | "True" => Bool(true),
            "0" | "f" | "false" | "F" | "FALSE" | "False" => Bool(false),
            _ => return Err(unreadable("ParseBool", text)),
        },
        ("duration", Text(text)) => match time::parse_duration(text) {
            Some(nanos) => Val::Duration(nanos),
            None => return fail(format!("time: invalid duration {}", go_quote(text))),
        },
        ("timestamp", Text(text)) => match time::parse(text) {
            Some(nanos) => Time(nanos),
            None => return fail(format!("parsing time {}", go_quote(text))),
        },
        ("timestamp", Int(seconds)) => Time(i128::from(*seconds) * SECOND),
        ("duration", Val::Duration(_)) | ("timestamp", Time(_)) => value.clone(),
        ("string", value) => Text(text_of(value).ok_or_else(no_overload)?.into()),
        _ => return Err(no_overload()),
    })
}

fn of_text(name: &str, text: &Rc<str>, rest: &[Val]) -> Result<Val, Fault> {
    let char_of = |byte: usize| text.get(..byte).map_or(-1, |head| head.chars().count() as i64);
    let part = |from: i64, to: i64| match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to && to <= text.chars().count() => {
            Ok(Val::Text(text.chars().skip(from).take(to - from).collect::<String>().into()))
        }
        _ => fail(format!("index out of range: {from}")),
    };
    let found = match (name, rest) {
        ("size", []) => Val::Int(text.chars().count() as i64),
        ("contains", [Val::Text(other)]) => Val::Bool(text.contains(&**other)),
        ("startsWith", [Val::Text(other)]) => Val::Bool(text.starts_with(&**other)),
        ("endsWith", [Val::Text(other)]) => Val::Bool(text.ends_with(&**other)),
        ("matches", [Val::Text(pattern)]) => match Regex::new(pattern) {
            Ok(regex) => Val::Bool(regex.matches(text)),
            Err(error) => return fail(error),
        },
        ("charAt", [Val::Int(at)]) if usize::try_from(*at) == Ok(text.chars().count()) => Val::text(""),
        ("charAt", [Val::Int(at)]) => return part(*at, at.saturating_add(1)),
        ("substring", [Val::Int(from)]) => return part(*from, text.chars().count() as i64),
        ("substring", [Val::Int(from), Val::Int(to)]) => return part(*from, *to),
        ("indexOf", [Val::Text(other)]) => Val::Int(text.find(&**other).map_or(-1, char_of)),
        ("lastIndexOf", [Val::Text(other)]) => Val::Int(text.rfind(&**other).map_or(-1, char_of)),
        ("indexOf" | "lastIndexOf", [Val::Text(other), Val::Int(from)]) => {
            let chars: Vec<char> = text.chars().collect();
            let wanted: Vec<char> = other.chars().collect();
            let Some(from) = usize::try_from(*from).ok().filter(|from| *from <= chars.len()) else {
                return fail(format!("index out of range: {from}"));
            };
            let here = |at: &usize| chars.get(*at..).is_some_and(|rest| rest.starts_with(&wanted));
            let found = match name {
                "indexOf" => (from..=chars.len()).find(here),
                _ => (0..=from).rev().find(here),
            };
            Val::Int(found.map_or(-1, |at| at as i64))
        }
        ("lowerAscii", []) => Val::Text(text.to_ascii_lowercase().into()),
        ("upperAscii", []) => Val::Text(text.to_ascii_uppercase().into()),
        ("trim", []) => Val::text(text.trim()),
        ("replace", [Val::Text(from), Val::Text(to), limit @ ..]) => {
            let times = match limit {
                [Val::Int(times)] => usize::try_from(*times).unwrap_or(usize::MAX),
                _ => usize::MAX,
            };
            if (text.len() + 1).saturating_mul(to.len() + 1) > LONGEST {
                return Err(Fault::Cost);
            }
            return short(text.replacen(&**from, to, times));
        }
        ("split", [Val::Text(by), limit @ ..]) => {
            let most = match limit {
                [Val::Int(most)] => usize::try_from(*most).unwrap_or(usize::MAX),
                _ => usize::MAX,
            };
            Val::list(match by.is_empty() {
                true => text.chars().take(most).map(|c| Val::text(&c.to_string())).collect(),
                false => text.splitn(most, &**by).map(Val::text).collect(),
            })
        }
        ("format", [Val::List(args, _)]) => return format::print(text, args),
        ("strings.quote", []) => Val::Text(go_quote(text).into()),
        ("find" | "findAll", [Val::Text(pattern), limit @ ..]) => {
            let found = Regex::new(pattern).map_err(Fault::Error)?.find_all(
                text,
                match limit {
                    [Val::Int(most)] => usize::try_from(*most).unwrap_or(usize::MAX),
                    _ if name == "find" => 1,
                    _ => usize::MAX,
                },
            );
            let mut found = found.into_iter().map(|part| Val::Text(part.into()));
            if name == "find" { found.next().unwrap_or_else(|| Val::text("")) } else { Val::list(found.collect()) }
        }
        ("format.named", []) => Val::Optional(Form::named(text).map(|form| Rc::new(Val::Form(form)))),
        ("semver", []) => Val::Semver(Rc::new(Semver::parse(text).map_err(Fault::Error)?)),
        ("semver", [Val::Bool(loose)]) => Val::Semver(Rc::new(Semver::read(text, *loose).map_err(Fault::Error)?)),
        ("isSemver", []) => Val::Bool(Semver::parse(text).is_ok()),
        ("isSemver", [Val::Bool(loose)]) => Val::Bool(Semver::read(text, *loose).is_ok()),
        ("isQuantity", []) => Val::Bool(Quantity::parse(text).is_ok()),
        ("quantity", []) => match Quantity::parse(text) {
            Ok(quantity) => Val::Quantity(quantity),
            Err(error) => return fail(error.to_string()),
        },
        _ => return net::of_text(name, text, rest),
    };
    Ok(found)
}

fn of_quantity(name: &str, a: Quantity, rest: &[Val]) -> Result<Val, Fault> {
    let other = match rest {
        [] => None,
        [Val::Quantity(other)] => Some(*other),
        [Val::Int(number)] => Some(Quantity::of(*number, Format::DecimalSI)),
        _ => return Err(no_overload()),
    };
    let whole = a.nanos() % SECOND == 0;
    Ok(match (name, other) {
        ("sign", None) => Val::Int(i64::from(a.sign())),
        ("isInteger", None) => Val::Bool(whole),
        ("asInteger", None) if whole => Val::Int(a.value()),
        ("asInteger", None) => return fail("cannot convert value to integer"),
        ("asApproximateFloat", None) => Val::Double(a.nanos() as f64 / SECOND as f64),
        ("isGreaterThan", Some(b)) => Val::Bool(a > b),
        ("isLessThan", Some(b)) => Val::Bool(a < b),
        ("compareTo", Some(b)) => Val::Int(a.cmp(&b) as i64),
        ("add", Some(b)) => Val::Quantity(a + b),
        ("sub", Some(b)) => Val::Quantity(a - b),
        _ => return Err(no_overload()),
    })
}
