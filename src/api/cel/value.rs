//! Values, and how JSON becomes them.

use super::time;
use crate::api::quantity::Quantity;
use crate::api::validate::ip::Cidr;
use crate::base::{Value, base64};
use std::cmp::Ordering;
use std::net::IpAddr;
use std::rc::Rc;

/// A value. Cloning is cheap.
#[derive(Clone, Debug)]
pub enum Val {
    /// `null`.
    Null,
    /// `true`.
    Bool(bool),
    /// `1`.
    Int(i64),
    /// `1u`.
    Uint(u64),
    /// `1.0`.
    Double(f64),
    /// `'a'`.
    Text(Rc<str>),
    /// `b'a'`.
    Bytes(Rc<Vec<u8>>),
    /// A list; the order of one that is a set or a map by its schema does not count when lists are compared.
    List(Rc<Vec<Val>>, bool),
    /// A map or an object.
    Map(Rc<Vec<(Val, Val)>>),
    /// A span of time in nanoseconds.
    Duration(i128),
    /// Nanoseconds since 1970.
    Time(i128),
    /// The type of a value.
    Type(&'static str),
    /// An amount.
    Quantity(Quantity),
    /// An address.
    Ip(IpAddr),
    /// A network.
    Cidr(Cidr),
    /// A URL.
    Url(Rc<super::library::Url>),
    /// A version.
    Semver(Rc<super::library::Semver>),
    /// A form that texts may have.
    Form(super::library::Form),
    /// A value that may be missing.
    Optional(Option<Rc<Val>>),
}

impl Val {
    /// A text.
    pub fn text(text: &str) -> Val {
        Val::Text(text.into())
    }

    /// A list.
    pub fn list(items: Vec<Val>) -> Val {
        Val::List(Rc::new(items), false)
    }

    /// The name of its type.
    pub fn kind(&self) -> &'static str {
        match self {
            Val::Null => "null_type",
            Val::Bool(_) => "bool",
            Val::Int(_) => "int",
            Val::Uint(_) => "uint",
            Val::Double(_) => "double",
            Val::Text(_) => "string",
            Val::Bytes(_) => "bytes",
            Val::List(..) => "list",
            Val::Map(_) => "map",
            Val::Duration(_) => "google.protobuf.Duration",
            Val::Time(_) => "google.protobuf.Timestamp",
            Val::Type(_) => "type",
            Val::Quantity(_) => "kubernetes.Quantity",
            Val::Ip(_) => "net.IP",
            Val::Cidr(_) => "net.CIDR",
            Val::Url(_) => "kubernetes.URL",
            Val::Semver(_) => "kubernetes.Semver",
            Val::Form(_) => "kubernetes.NamedFormat",
            Val::Optional(_) => "optional_type",
        }
    }

    /// The value at a key of a map.
    pub fn at(&self, key: &Val) -> Option<&Val> {
        match self {
            Val::Map(entries) => entries.iter().find(|(found, _)| found == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The field of an object.
    pub fn field(&self, name: &str) -> Option<&Val> {
        match self {
            Val::Map(entries) => entries
                .iter()
                .find(|(found, _)| matches!(found, Val::Text(text) if **text == *name))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Whether it is what optional values take for nothing.
    pub fn is_zero(&self) -> bool {
        match self {
            Val::Null | Val::Bool(false) | Val::Int(0) | Val::Uint(0) | Val::Duration(0) => true,
            Val::Double(number) => *number == 0.0,
            Val::Text(text) => text.is_empty(),
            Val::Bytes(bytes) => bytes.is_empty(),
            Val::List(items, _) => items.is_empty(),
            Val::Map(entries) => entries.is_empty(),
            Val::Optional(inner) => inner.is_none(),
            _ => false,
        }
    }

    fn number(&self) -> Option<f64> {
        Some(match self {
            Val::Int(number) => *number as f64,
            Val::Uint(number) => *number as f64,
            Val::Double(number) => *number,
            _ => return None,
        })
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Val) -> bool {
        match (self, other) {
            (Val::Null, Val::Null) => true,
            (Val::Bytes(a), Val::Bytes(b)) => a == b,
            (Val::List(a, loose), Val::List(b, _)) => {
                a.len() == b.len()
                    && match loose {
                        true => a.iter().all(|item| b.contains(item)),
                        false => a.iter().zip(b.iter()).all(|(a, b)| a == b),
                    }
            }
            (Val::Map(a), Val::Map(b)) => {
                a.len() == b.len() && a.iter().all(|(key, value)| other.at(key).is_some_and(|found| found == value))
            }
            (Val::Type(a), Val::Type(b)) => a == b,
            (Val::Ip(a), Val::Ip(b)) => a == b,
            (Val::Cidr(a), Val::Cidr(b)) => a == b,
            (Val::Url(a), Val::Url(b)) => a.text == b.text,
            (Val::Semver(a), Val::Semver(b)) => a.partial_cmp(b) == Some(Ordering::Equal),
            (Val::Form(a), Val::Form(b)) => a == b,
            (Val::Optional(a), Val::Optional(b)) => a == b,
            _ => self.partial_cmp(other) == Some(Ordering::Equal),
        }
    }
}

impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Val) -> Option<Ordering> {
        match (self, other) {
            (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
            (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
            (Val::Uint(a), Val::Uint(b)) => Some(a.cmp(b)),
            (Val::Int(a), Val::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            (Val::Uint(a), Val::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
            (Val::Bytes(a), Val::Bytes(b)) => Some(a.cmp(b)),
            (Val::Duration(a), Val::Duration(b)) | (Val::Time(a), Val::Time(b)) => Some(a.cmp(b)),
            (Val::Quantity(a), Val::Quantity(b)) => Some(a.cmp(b)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }
}

/// Words that no field may have for a name in an expression.
const RESERVED: &str = "true false null in as break const continue else for function if import let loop package namespace \
                        return var void while";

/// Whether a word can be a name in an expression.
pub fn is_identifier(name: &str) -> bool {
    !RESERVED.split(' ').any(|word| word == name)
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The name of a field in expressions; `None` if it can have none. Models `cel.Escape`.
pub(super) fn escape(name: &str) -> Option<String> {
    if RESERVED.split(' ').any(|word| word == name) {
        return Some(format!("__{name}__"));
    }
    let escaped = name.replace("__", "__underscores__");
    let escaped = escaped.replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__");
    let fine = !escaped.starts_with(|c: char| c.is_ascii_digit())
        && !escaped.is_empty()
        && escaped.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    fine.then_some(escaped)
}

/// The value of JSON as its schema types it. The root of an object also has its kind, its version and its names.
///
/// Models `k8s.io/apiserver/pkg/cel/common/values.go`.
pub fn of_json(value: &Value, schema: Option<&Value>, root: bool) -> Val {
    let word = |name: &str| schema.and_then(|schema| schema.get(name)).and_then(Value::as_str).unwrap_or_default();
    match value {
        Value::Null => Val::Null,
        Value::Bool(value) => Val::Bool(*value),
        Value::Number(number) => match number.as_i64().filter(|_| word("type") != "number") {
            Some(number) => Val::Int(number),
            None => Val::Double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => match word("format") {
            "duration" => time::parse_duration(text).map_or_else(|| Val::text(text), Val::Duration),
            "date" => time::parse(&format!("{text}T00:00:00Z")).map_or_else(|| Val::text(text), Val::Time),
            "date-time" | "datetime" => time::parse(text).map_or_else(|| Val::text(text), Val::Time),
            "byte" => Val::Bytes(Rc::new(base64::decode(text))),
            _ => Val::text(text),
        },
        Value::Array(items) => {
            let inner = schema.and_then(|schema| schema.get("items"));
            let loose = matches!(word("x-kubernetes-list-type"), "set" | "map");
            Val::List(Rc::new(items.iter().map(|item| of_json(item, inner, false)).collect()), loose)
        }
        Value::Object(fields) => {
            let properties = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
            let rest = schema.and_then(|schema| schema.get("additionalProperties")).filter(|rest| rest.is_object());
            let embedded = schema.is_some_and(|schema| schema["x-kubernetes-embedded-resource"] == true);
            let entry = |(name, value): (&String, &Value)| {
                let property = properties.and_then(|all| all.get(name));
                match (property, rest) {
                    _ if schema.is_none() => Some((Val::text(name), of_json(value, None, false))),
                    (Some(property), _) => Some((Val::text(&escape(name)?), of_json(value, Some(property), false))),
                    (None, Some(rest)) => Some((Val::text(name), of_json(value, Some(rest), false))),
                    (None, None) if root || embedded => meta(name, value).map(|value| (Val::text(name), value)),
                    (None, None) => None,
                }
            };
            let mut entries: Vec<(Val, Val)> = fields.iter().filter_map(entry).collect();
            if (root || embedded)
                && let (Some(metadata), true) =
                    (fields.get("metadata"), properties.is_some_and(|all| all.contains_key("metadata")))
                && let (Some(value), Some(place)) = (
                    meta("metadata", metadata),
                    entries.iter_mut().find(|(name, _)| matches!(name, Val::Text(name) if &**name == "metadata")),
                )
            {
                place.1 = value;
            }
            Val::Map(Rc::new(entries))
        }
    }
}

/// What rules see of an object beside what its schema names.
fn meta(name: &str, value: &Value) -> Option<Val> {
    match name {
        "apiVersion" | "kind" => Some(of_json(value, None, false)),
        "metadata" => {
            let names = ["name", "generateName"].iter().filter_map(|name| {
                let text = value.get(name).and_then(Value::as_str)?;
                Some((Val::text(name), Val::text(text)))
            });
            Some(Val::Map(Rc::new(names.collect())))
        }
        _ => None,
    }
}
