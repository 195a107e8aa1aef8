//! Texts made of values, and forms that texts may have.
//!
//! Models `github.com/google/cel-go/ext/formatting.go` and `k8s.io/apiserver/pkg/cel/library/format.go`.

use super::super::eval::{Fault, fail};
use super::super::time;
use super::super::value::Val;
use super::{Url, short, text_of};
use crate::api::validate::text::{dns_1035_label, dns_label, dns_subdomain, label_value, qualified_name};
use crate::base::text::go_quote;
use std::fmt::Write;
use std::rc::Rc;

/// A form that a text may have, by its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form(&'static str);

const FORMS: [&str; 13] = [
    "dns1123Label",
    "dns1123Subdomain",
    "dns1035Label",
    "qualifiedName",
    "dns1123LabelPrefix",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "labelValue",
    "uri",
    "uuid",
    "byte",
    "date",
    "datetime",
];

impl Form {
    /// The form of this name.
    pub fn named(name: &str) -> Option<Form> {
        FORMS.iter().find(|known| **known == name).map(|known| Form(known))
    }

    /// What is wrong with a text; nothing, if it has the form.
    pub(super) fn validate(self, text: &str) -> Val {
        // A dash at the end of a prefix is as good as a letter.
        let prefix = || match text.strip_suffix('-') {
            Some(head) => format!("{head}a"),
            None => text.to_owned(),
        };
        let one = |fine: bool, words: &str| if fine { Vec::new() } else { vec![words.to_owned()] };
        let base64 = || {
            let body = text.trim_end_matches('=');
            text.len().is_multiple_of(4)
                && text.len() - body.len() <= 2
                && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
        };
        let uuid = || {
            let lengths: Vec<usize> = text.split('-').map(str::len).collect();
            (lengths == [8, 4, 4, 4, 12] || lengths == [32]) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        };
        let flaws: Vec<String> = match self.0 {
            "dns1123Label" => dns_label(text),
            "dns1123Subdomain" => dns_subdomain(text),
            "dns1035Label" => dns_1035_label(text),
            "dns1123LabelPrefix" => dns_label(&prefix()),
            "dns1123SubdomainPrefix" => dns_subdomain(&prefix()),
            "dns1035LabelPrefix" => dns_1035_label(&prefix()),
            "qualifiedName" => qualified_name(text),
            "labelValue" => label_value(text),
            "uri" => one(Url::parse(text).is_some(), &format!("parse {}: invalid URI for request", go_quote(text))),
            "uuid" => one(uuid(), "does not match the UUID format"),
            "byte" => one(base64(), "invalid base64"),
            "date" => one(text.len() == 10 && time::parse(&format!("{text}T00:00:00Z")).is_some(), "invalid date"),
            _ => one(time::parse(text).is_some(), "invalid datetime"),
        };
        let flaws = flaws.iter().map(|flaw| Val::text(flaw)).collect();
        Val::Optional((!Vec::is_empty(&flaws)).then(|| Rc::new(Val::list(flaws))))
    }
}

/// `%s`, `%d`, `%f`, `%e`, `%b`, `%o`, `%x`, `%X` and `%%`.
pub(super) fn print(text: &str, args: &[Val]) -> Result<Val, Fault> {
    let mut out = String::new();
    let (mut rest, mut args) = (text, args.iter());
    while let Some((head, tail)) = rest.split_once('%') {
        out.push_str(head);
        let clause = tail.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(tail.len());
        let (precision, tail) = tail.split_at(clause);
        let mut chars = tail.chars();
        let verb = chars.next();
        rest = chars.as_str();
        let precision = match precision.strip_prefix('.') {
            Some(digits) => digits.parse::<usize>().ok().filter(|digits| *digits <= 100),
            None => Some(6).filter(|_| precision.is_empty()),
        };
        let (Some(verb), Some(precision)) = (verb, precision) else {
            return fail("could not parse formatting clause: error while parsing precision");
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(arg) = args.next() else { return fail("index out of range") };
        let written = match (verb, arg) {
            ('s', arg) => {
                write_value(&mut out, arg, 0)?;
                Ok(())
            }
            ('d', Val::Int(number)) => write!(out, "{number}"),
            ('d', Val::Uint(number)) => write!(out, "{number}"),
            ('f', Val::Double(number)) => write!(out, "{number:.precision$}"),
            ('f', Val::Int(number)) => write!(out, "{:.precision$}", *number as f64),
            ('e', Val::Double(number)) => {
                // Go writes at least two digits of the exponent, with its sign.
                let text = format!("{number:.precision$e}");
                let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let number: i32 = exponent.parse().unwrap_or_default();
                write!(out, "{digits}e{}{:02}", if number < 0 { '-' } else { '+' }, number.unsigned_abs())
            }
            ('b', Val::Bool(flag)) => write!(out, "{}", u8::from(*flag)),
            ('b' | 'o' | 'x' | 'X', Val::Int(number)) => {
                out.push_str(if *number < 0 { "-" } else { "" });
                radix(&mut out, verb, number.unsigned_abs())
            }
            ('b' | 'o' | 'x' | 'X', Val::Uint(number)) => radix(&mut out, verb, *number),
            ('x' | 'X', Val::Text(text)) => text.bytes().try_for_each(|byte| hex(&mut out, verb, byte)),
            ('x' | 'X', Val::Bytes(bytes)) => bytes.iter().try_for_each(|byte| hex(&mut out, verb, *byte)),
            (verb @ ('d' | 'f' | 'e' | 'b' | 'o' | 'x' | 'X'), _) => {
                return fail(format!("error during formatting: no such overload for %{verb}"));
            }
            (verb, _) => {
                return fail(format!("could not parse formatting clause: unrecognized formatting clause \"{verb}\""));
            }
        };
        if written.is_err() {
            return fail("error during formatting");
        }
    }
    short(out + rest)
}

fn radix(out: &mut String, verb: char, number: u64) -> std::fmt::Result {
    match verb {
        'b' => write!(out, "{number:b}"),
        'o' => write!(out, "{number:o}"),
        'x' => write!(out, "{number:x}"),
        _ => write!(out, "{number:X}"),
    }
}

fn hex(out: &mut String, verb: char, byte: u8) -> std::fmt::Result {
    if verb == 'x' { write!(out, "{byte:02x}") } else { write!(out, "{byte:02X}") }
}

/// A value as `%s` writes it.
fn write_value(out: &mut String, value: &Val, depth: usize) -> Result<(), Fault> {
    if depth > 60 || out.len() > super::LONGEST {
        return Err(Fault::Cost);
    }
    match value {
        Val::Null => out.push_str("null"),
        Val::List(items, _) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_value(out, item, depth + 1)?;
            }
            out.push(']');
        }
        Val::Map(entries) => {
            let mut lines = Vec::new();
            for (key, value) in entries.iter() {
                let mut line = String::new();
                write_value(&mut line, key, depth + 1)?;
                line.push_str(": ");
                write_value(&mut line, value, depth + 1)?;
                lines.push(line);
            }
            lines.sort_unstable();
            out.push_str(&format!("{{{}}}", lines.join(", ")));
        }
        value => match text_of(value) {
            Some(text) => out.push_str(&text),
            None => return fail("error during formatting: no such overload for %s"),
        },
    }
    Ok(())
}
