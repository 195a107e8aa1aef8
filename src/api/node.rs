//! A cursor over a JSON object that knows where it stands, so that rules about fields are short.
//!
//! It allocates nothing while all is well: the path is a chain of borrowed cursors, and becomes a [`FieldPath`] only when
//! an error is reported.

use super::field_error::{FieldError, FieldErrorKind};
use super::quantity::Quantity;
use crate::base::path::{FieldPath, Step};
use crate::base::text::{go_json, go_quote};
use crate::base::{Fields, Value};

/// A place in an object, and the value there if there is one. `null` counts as no value, as for Go's decoder.
#[derive(Clone, Copy, Debug)]
pub struct Node<'v, 'p> {
    value: Option<&'v Value>,
    place: Place<'v, 'p>,
}

/// The fields of an internal Go struct in their order: Go's name, the JSON name, and how it is printed.
pub type GoStruct = &'static [(&'static str, &'static str, GoShape)];

/// How a field of an internal Go struct is printed.
#[derive(Clone, Copy, Debug)]
pub enum GoShape {
    /// As its JSON; `null` when it is not set.
    Plain,
    /// As its JSON, or as this zero value.
    Zero(&'static str),
    /// A pointer to a struct.
    Struct(GoStruct),
    /// A list of structs.
    List(GoStruct),
}

/// A field without a value is the empty text.
pub const GO_TEXT: GoShape = GoShape::Zero("\"\"");

#[derive(Clone, Copy, Debug)]
enum Place<'v, 'p> {
    Root,
    Base(&'p FieldPath),
    Field(&'p Node<'v, 'p>, &'p str),
    Index(&'p Node<'v, 'p>, usize),
    Key(&'p Node<'v, 'p>, &'p str),
}

fn present(value: &Value) -> Option<&Value> {
    (!value.is_null()).then_some(value)
}

impl<'v, 'p> Node<'v, 'p> {
    /// The cursor at a whole object.
    pub fn root(value: &'v Value) -> Node<'v, 'p> {
        Node { value: present(value), place: Place::Root }
    }

    /// The cursor at a value that stands at `path` of some larger object.
    pub fn at(path: &'p FieldPath, value: Option<&'v Value>) -> Node<'v, 'p> {
        Node { value: value.and_then(present), place: Place::Base(path) }
    }

    /// The field called `name`.
    pub fn get<'s>(&'s self, name: &'s str) -> Node<'v, 's> {
        Node { value: self.value.and_then(|v| v.get(name)).and_then(present), place: Place::Field(self, name) }
    }

    /// The entry `key` of a map: like [`get`](Self::get), but printed as `labels[key]`.
    pub fn key<'s>(&'s self, key: &'s str) -> Node<'v, 's> {
        Node { value: self.value.and_then(|v| v.get(key)).and_then(present), place: Place::Key(self, key) }
    }

    /// The item at `index`.
    pub fn index<'s>(&'s self, index: usize) -> Node<'v, 's> {
        Node { value: self.value.and_then(|v| v.get(index)).and_then(present), place: Place::Index(self, index) }
    }

    /// The same value, reported at the field `name` below this place. For the paths that upstream makes up.
    pub fn named<'s>(&'s self, name: &'s str) -> Node<'v, 's> {
        Node { value: self.value, place: Place::Field(self, name) }
    }

    /// The items of a list; none when it is missing.
    pub fn items<'s>(&'s self) -> impl Iterator<Item = Node<'v, 's>> + use<'v, 's, 'p> {
        (0..self.len()).map(move |index| self.index(index))
    }

    /// The entries of a map in the order of their keys, placed as `labels[key]`.
    pub fn entries<'s>(&'s self) -> impl Iterator<Item = (&'v str, Node<'v, 's>)>
    where
        'v: 's,
    {
        self.map()
            .into_iter()
            .flatten()
            .map(move |(key, value)| (key.as_str(), Node { value: Some(value), place: Place::Key(self, key.as_str()) }))
    }

    /// The value.
    pub fn value(&self) -> Option<&'v Value> {
        self.value
    }

    /// The value as a JSON object.
    pub fn map(&self) -> Option<&'v Fields> {
        self.value.and_then(Value::as_object)
    }

    /// Whether there is a value (an empty one counts).
    pub fn exists(&self) -> bool {
        self.value.is_some()
    }

    /// The number of items of a list or a map; 0 when missing.
    pub fn len(&self) -> usize {
        match self.value {
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(fields)) => fields.len(),
            _ => 0,
        }
    }

    /// Whether the list, map or text is missing or empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.str().is_empty()
    }

    /// The text; empty when missing.
    pub fn str(&self) -> &'v str {
        self.value.and_then(Value::as_str).unwrap_or_default()
    }

    /// The text, if there is one.
    pub fn text(&self) -> Option<&'v str> {
        self.value.and_then(Value::as_str)
    }

    /// The texts of a list.
    pub fn strs(&self) -> impl Iterator<Item = &'v str> + use<'v, 'p> {
        self.value.and_then(Value::as_array).into_iter().flatten().map(|item| item.as_str().unwrap_or_default())
    }

    /// The number; 0 when missing.
    pub fn int(&self) -> i64 {
        self.number().unwrap_or_default()
    }

    /// The number, if there is one.
    pub fn number(&self) -> Option<i64> {
        self.value.and_then(Value::as_i64)
    }

    /// The amount, if there is a well-formed one.
    pub fn quantity(&self) -> Option<Quantity> {
        Quantity::from_value(self.value.filter(|value| value.is_string() || value.is_number())?).ok()
    }

    /// The truth value; false when missing.
    pub fn bool(&self) -> bool {
        self.flag().unwrap_or_default()
    }

    /// The truth value, if there is one.
    pub fn flag(&self) -> Option<bool> {
        self.value.and_then(Value::as_bool)
    }

    /// The place as a path.
    pub fn path(&self) -> FieldPath {
        let mut steps = Vec::new();
        let mut place = self.place;
        let base = loop {
            let (parent, step) = match place {
                Place::Root => break FieldPath::root(),
                Place::Base(path) => break path.clone(),
                Place::Field(parent, name) => (parent, Step::Field(name.to_owned())),
                Place::Index(parent, index) => (parent, Step::Index(index)),
                Place::Key(parent, key) => (parent, Step::Key(key.to_owned())),
            };
            steps.push(step);
            place = parent.place;
        };
        steps.reverse();
        let mut path = base;
        path.0.append(&mut steps);
        path
    }

    /// `Required value`.
    pub fn required(&self, detail: impl Into<String>) -> FieldError {
        FieldError::new(self.path(), FieldErrorKind::Required, None, detail)
    }

    /// `Forbidden`.
    pub fn forbidden(&self, detail: impl Into<String>) -> FieldError {
        FieldError::new(self.path(), FieldErrorKind::Forbidden, None, detail)
    }

    /// `Internal error`.
    pub fn internal(&self, detail: impl Into<String>) -> FieldError {
        FieldError::new(self.path(), FieldErrorKind::Internal, None, detail)
    }

    /// `Invalid value` with the value that stands here (`null` when there is none).
    pub fn invalid(&self, detail: impl Into<String>) -> FieldError {
        self.invalid_as(self.value.cloned().unwrap_or_default(), detail)
    }

    /// `Invalid value` with another value than the one that stands here.
    pub fn invalid_as(&self, value: impl Into<Value>, detail: impl Into<String>) -> FieldError {
        FieldError::new(self.path(), FieldErrorKind::Invalid, Some(value.into()), detail)
    }

    /// `Duplicate value` with the value that stands here.
    pub fn duplicate(&self) -> FieldError {
        self.duplicate_as(self.value.cloned().unwrap_or_default())
    }

    /// `Duplicate value` with another value.
    pub fn duplicate_as(&self, value: impl Into<Value>) -> FieldError {
        FieldError::new(self.path(), FieldErrorKind::Duplicate, Some(value.into()), "")
    }

    /// `Not found` with the value that stands here.
    pub fn not_found(&self) -> FieldError {
        FieldError::new(
            self.path(),
            FieldErrorKind::NotFound,
            Some(self.value.cloned().unwrap_or_else(|| "".into())),
            "",
        )
    }

    /// `Unsupported value` with the text that stands here, and the values that are supported, in this order.
    pub fn unsupported(&self, supported: &[&str]) -> FieldError {
        self.unsupported_as(self.value.cloned().unwrap_or_else(|| "".into()), supported)
    }

    /// `Unsupported value` with another value.
    pub fn unsupported_as(&self, value: impl Into<Value>, supported: &[&str]) -> FieldError {
        let quoted: Vec<String> = supported.iter().map(|word| go_quote(word)).collect();
        let detail = format!("supported values: {}", quoted.join(", "));
        FieldError::new(self.path(), FieldErrorKind::NotSupported, Some(value.into()), detail)
    }

    /// An error whose value is already JSON text, because the order of its fields is not the alphabet's.
    pub fn with_json(&self, kind: FieldErrorKind, json: &str, detail: &str) -> FieldError {
        let detail = if detail.is_empty() { json.to_owned() } else { format!("{json}: {detail}") };
        FieldError::new(self.path(), kind, None, detail)
    }

    /// The value's JSON with the fields named first in that order, as Go prints a struct. `{}` when there is no value.
    pub fn json_in_order(&self, order: &[&str]) -> String {
        let Some(fields) = self.map() else { return "{}".to_owned() };
        let first = order.iter().filter_map(|name| fields.get_key_value(*name));
        let rest = fields.iter().filter(|(name, _)| !order.contains(&name.as_str()));
        let all: Vec<String> = first
            .chain(rest)
            .map(|(name, value)| format!("{}:{}", go_json(&name.as_str().into()), go_json(value)))
            .collect();
        format!("{{{}}}", all.join(","))
    }

    /// The value as Go prints a struct of an internal type, which has no JSON tags: all fields, with Go's names.
    pub fn go_struct(&self, shape: GoStruct) -> String {
        let field = |(name, field, shape): &(&str, &str, GoShape)| {
            let at = self.get(field);
            let printed = match shape {
                GoShape::Struct(inner) if at.exists() => at.go_struct(inner),
                GoShape::List(inner) if at.exists() => {
                    let items: Vec<String> = at.items().map(|item| item.go_struct(inner)).collect();
                    format!("[{}]", items.join(","))
                }
                GoShape::Zero(zero) => at.value().map_or((*zero).to_owned(), go_json),
                _ => at.value().map_or("null".to_owned(), go_json),
            };
            format!("\"{name}\":{printed}")
        };
        let fields: Vec<String> = shape.iter().map(field).collect();
        format!("{{{}}}", fields.join(","))
    }

    /// `Too long`, in bytes.
    pub fn too_long(&self, most: usize) -> FieldError {
        let detail = format!("may not be more than {most} {}", if most == 1 { "byte" } else { "bytes" });
        FieldError::new(self.path(), FieldErrorKind::TooLong, None, detail)
    }

    /// `Too many`, with the number of items that stand here.
    pub fn too_many(&self, most: usize) -> FieldError {
        let detail = format!("must have at most {most} {}", if most == 1 { "item" } else { "items" });
        FieldError::new(self.path(), FieldErrorKind::TooMany, Some(self.len().into()), detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn knows_where_it_stands() {
        let value = json!({"spec": {"ports": [{"port": 1}, {"port": 2, "name": null}]}, "labels": {"a/b": "c"}});
        let root = Node::root(&value);
        let spec = root.get("spec");
        let places: Vec<String> = spec.get("ports").items().map(|port| port.get("port").path().to_string()).collect();
        assert_eq!(places, ["spec.ports[0].port", "spec.ports[1].port"]);
        assert_eq!(spec.get("ports").index(1).get("port").int(), 2);
        assert!(!spec.get("ports").index(1).get("name").exists());
        let labels = root.get("labels");
        let (key, label) = labels.entries().next().unwrap();
        assert_eq!((key, label.str(), label.path().to_string().as_str()), ("a/b", "c", "labels[a/b]"));
        let base = FieldPath::of("template");
        assert_eq!(Node::at(&base, None).get("x").required("").to_string(), "template.x: Required value");
    }
}
