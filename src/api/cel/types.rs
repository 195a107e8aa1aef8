//! The types of expressions, and the functions that the language has.
//!
//! `functions.txt` declares them, one name a line with its overloads: `.s,i>s` is a member of a string that takes an integer
//! and gives a string. [`LETTERS`] says what the letters mean; `[A]` is a list, `{A:B}` a map, `?A` optional, `%A` a type,
//! `*` anything, and `A`, `B` any one type.
//!
//! Models `github.com/google/cel-go/common/stdlib`, `ext` and `k8s.io/apiserver/pkg/cel/library`.

use super::value::escape;
use crate::base::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::LazyLock;

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Known only while it runs.
    Dyn,
    /// What an error left behind; it fits everywhere.
    Error,
    /// A type without parts, by its name.
    Plain(&'static str),
    /// A list of these.
    List(Rc<Type>),
    /// A map.
    Map(Rc<(Type, Type)>),
    /// A value that may be missing.
    Optional(Rc<Type>),
    /// A type as a value.
    Type(Rc<Type>),
    /// An object with fields.
    Object(Rc<ObjectType>),
    /// Not known yet.
    Var(usize),
}

/// The fields of an object and the name of its type.
#[derive(Debug, PartialEq)]
pub struct ObjectType {
    /// The name: its place in the schema.
    pub name: String,
    /// The fields that expressions can name.
    pub fields: BTreeMap<String, Type>,
}

/// The types without parts, and their letters in `functions.txt`.
const LETTERS: [(char, &str); 20] = [
    ('b', "bool"),
    ('i', "int"),
    ('u', "uint"),
    ('d', "double"),
    ('s', "string"),
    ('y', "bytes"),
    ('T', "timestamp"),
    ('D', "duration"),
    ('N', "null"),
    ('Q', "kubernetes.Quantity"),
    ('I', "net.IP"),
    ('C', "net.CIDR"),
    ('U', "kubernetes.URL"),
    ('V', "kubernetes.Semver"),
    ('F', "kubernetes.NamedFormat"),
    ('a', "kubernetes.authorization.Authorizer"),
    ('P', "kubernetes.authorization.PathCheck"),
    ('G', "kubernetes.authorization.GroupCheck"),
    ('R', "kubernetes.authorization.ResourceCheck"),
    ('E', "kubernetes.authorization.Decision"),
];

/// One way to call a function. Types that are free are numbered from 0.
pub struct Overload {
    /// Whether the first argument stands before a dot.
    pub member: bool,
    /// What it takes.
    pub args: Vec<Type>,
    /// What it gives.
    pub result: Type,
}

impl Type {
    /// A type without parts.
    pub const BOOL: Type = Type::Plain("bool");
    /// A whole number.
    pub const INT: Type = Type::Plain("int");
    /// A text.
    pub const STRING: Type = Type::Plain("string");

    /// A list of these.
    pub fn list(item: Type) -> Type {
        Type::List(Rc::new(item))
    }

    /// A map of these.
    pub fn map(key: Type, value: Type) -> Type {
        Type::Map(Rc::new((key, value)))
    }

    /// Such a value, or none.
    pub fn optional(inner: Type) -> Type {
        Type::Optional(Rc::new(inner))
    }

    /// An object with these fields.
    pub fn object(name: &str, fields: impl IntoIterator<Item = (String, Type)>) -> Type {
        Type::Object(Rc::new(ObjectType { name: name.to_owned(), fields: fields.into_iter().collect() }))
    }

    /// The type that a name stands for.
    pub fn named(name: &str) -> Option<Type> {
        let name = match name {
            "google.protobuf.Timestamp" => "timestamp",
            "google.protobuf.Duration" => "duration",
            "null_type" => "null",
            "timestamp" | "duration" | "null" => return None,
            name => name,
        };
        match name {
            "list" => Some(Type::list(Type::Dyn)),
            "map" => Some(Type::map(Type::Dyn, Type::Dyn)),
            "dyn" => Some(Type::Dyn),
            _ => LETTERS.iter().find(|(_, known)| *known == name).map(|(_, known)| Type::Plain(known)),
        }
    }

    /// The type of what a schema describes; `None` if expressions do not see it. The root of an object also has its kind,
    /// its version and its names.
    ///
    /// Models `SchemaDeclType` in `k8s.io/apiserver/pkg/cel/common/schemas.go`.
    pub fn of_schema(schema: &Value, root: bool, name: &str) -> Option<Type> {
        if schema["x-kubernetes-int-or-string"] == true {
            return Some(Type::Dyn);
        }
        let embedded = |schema: &Value| schema["x-kubernetes-embedded-resource"] == true;
        let kind = if root { "object" } else { schema["type"].as_str().unwrap_or_default() };
        Some(match kind {
            "array" => {
                let items = schema.get("items")?;
                Type::list(Type::of_schema(items, embedded(items), &format!("{name}.@idx"))?)
            }
            "object" => {
                if let Some(rest) = schema.get("additionalProperties").filter(|rest| rest.is_object() && !root) {
                    return Some(Type::map(
                        Type::STRING,
                        Type::of_schema(rest, embedded(rest), &format!("{name}.@elem"))?,
                    ));
                }
                let properties = schema.get("properties").and_then(Value::as_object);
                let mut fields = BTreeMap::new();
                for (field, property) in properties.into_iter().flatten() {
                    let inner = Type::of_schema(property, embedded(property), &format!("{name}.{field}"));
                    if let (Some(inner), Some(field)) = (inner, escape(field)) {
                        fields.insert(field, inner);
                    }
                }
                if root {
                    let names = [("name", Type::STRING), ("generateName", Type::STRING)];
                    let names = names.map(|(name, ty)| (name.to_owned(), ty)).into();
                    let metadata = ObjectType { name: format!("{name}.metadata"), fields: names };
                    fields.insert("metadata".to_owned(), Type::Object(Rc::new(metadata)));
                    fields.insert("apiVersion".to_owned(), Type::STRING);
                    fields.insert("kind".to_owned(), Type::STRING);
                }
                Type::Object(Rc::new(ObjectType { name: name.to_owned(), fields }))
            }
            "string" => Type::Plain(match schema["format"].as_str().unwrap_or_default() {
                "byte" => "bytes",
                "duration" => "duration",
                "date" | "date-time" => "timestamp",
                _ => "string",
            }),
            "boolean" => Type::BOOL,
            "number" => Type::Plain("double"),
            "integer" => Type::INT,
            _ => return None,
        })
    }

    /// With other numbers for what is not known yet.
    pub fn shifted(&self, by: usize) -> Type {
        match self {
            Type::Var(number) => Type::Var(number + by),
            Type::List(item) => Type::list(item.shifted(by)),
            Type::Map(pair) => Type::map(pair.0.shifted(by), pair.1.shifted(by)),
            Type::Optional(inner) => Type::optional(inner.shifted(by)),
            Type::Type(inner) => Type::Type(Rc::new(inner.shifted(by))),
            other => other.clone(),
        }
    }
}

/// Models `FormatCELType` in `checker/format.go`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dyn => f.write_str("dyn"),
            Type::Error => f.write_str("!error!"),
            Type::Plain(name) => f.write_str(name),
            Type::List(item) => write!(f, "list({item})"),
            Type::Map(pair) => write!(f, "map({}, {})", pair.0, pair.1),
            Type::Optional(inner) => write!(f, "optional_type({inner})"),
            Type::Type(inner) => write!(f, "type({inner})"),
            Type::Object(object) => f.write_str(&object.name),
            Type::Var(number) => write!(f, "_var{number}"),
        }
    }
}

/// The ways to call a function; `None` if there is no such function.
pub fn overloads(name: &str) -> Option<Vec<Overload>> {
    static LINES: LazyLock<BTreeMap<&'static str, &'static str>> =
        LazyLock::new(|| include_str!("functions.txt").lines().filter_map(|line| line.split_once(' ')).collect());
    let line = LINES.get(name)?;
    let read = |text: &str| {
        let member = text.starts_with('.');
        let (args, result) = text.trim_start_matches('.').split_once('>')?;
        let args = args.split(',').filter(|arg| !arg.is_empty()).map(|arg| read_type(&mut arg.chars()));
        Some(Overload { member, args: args.collect::<Option<_>>()?, result: read_type(&mut result.chars())? })
    };
    line.split(' ').map(read).collect()
}

fn read_type(chars: &mut std::str::Chars<'_>) -> Option<Type> {
    Some(match chars.next()? {
        '*' => Type::Dyn,
        'A' => Type::Var(0),
        'B' => Type::Var(1),
        '?' => Type::optional(read_type(chars)?),
        '%' => Type::Type(Rc::new(read_type(chars)?)),
        '[' => {
            let item = read_type(chars)?;
            chars.next();
            Type::list(item)
        }
        '{' => {
            let key = read_type(chars)?;
            chars.next();
            let value = read_type(chars)?;
            chars.next();
            Type::map(key, value)
        }
        letter => LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, name)| Type::Plain(name))?,
    })
}

#[cfg(test)]
mod tests {
    use super::overloads;

    #[test]
    fn every_line_of_the_table_can_be_read() {
        for line in include_str!("functions.txt").lines() {
            let name = line.split(' ').next().unwrap_or_default();
            assert!(overloads(name).is_some_and(|all| !all.is_empty()), "{line}");
        }
    }
}
