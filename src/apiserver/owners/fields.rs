//! The fields of an object as owners know them: paths through maps by name, through lists by what tells items apart.
//!
//! Models `sigs.k8s.io/structured-merge-diff/{fieldpath,typed}`.

use crate::api::schema::{self, Field, ListType, Ty, TypeId, Zero};
use crate::base::text::go_json;
use crate::base::{Fields, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elem {
    /// A field or the key of a map.
    Field(String),
    /// An item of a list, by its keys; values as JSON.
    Key(Vec<(String, String)>),
    /// An item of a set; as JSON.
    Value(String),
}

/// Where a field is.
pub type Path = Vec<Elem>;
/// Fields.
pub type FieldSet = BTreeSet<Path>;
/// Fields and their values; an item of a list is a field of its own, without a value.
pub type Leaves = BTreeMap<Path, Option<Value>>;

/// Structs that are written as a whole (`+structType=atomic`).
const ATOMIC_TYPES: [&str; 14] = [
    "ConfigMapKeySelector",
    "FileKeySelector",
    "LabelSelector",
    "LocalObjectReference",
    "NodeSelector",
    "NodeSelectorTerm",
    "ObjectFieldSelector",
    "ObjectReference",
    "OwnerReference",
    "ResourceFieldSelector",
    "ScopedResourceSelectorRequirement",
    "SecretKeySelector",
    "SecretReference",
    "TypedLocalObjectReference",
];

/// Maps that are written as a whole (`+mapType=atomic`), by the struct that has them.
const ATOMIC_FIELDS: [(&str, &str); 4] = [
    ("ServiceSpec", "selector"),
    ("ReplicationControllerSpec", "selector"),
    ("PodSpec", "nodeSelector"),
    ("ScopeSelector", "matchExpressions"),
];

/// The type of an object or of a part of it.
#[derive(Clone, Copy)]
pub enum Type<'a> {
    /// An object of a kind of Kubernetes, or another struct.
    Struct(TypeId),
    /// Any type of Kubernetes.
    Known(&'a Ty),
    /// An object of a kind that users defined, by its schema.
    CustomObject(&'a Value),
    /// A part of such an object; `null` where the schema says nothing.
    Custom(&'a Value),
}

/// How a value is divided among owners.
pub(super) enum Shape<'a> {
    /// Not at all.
    Leaf,
    /// By its fields.
    Struct(TypeId),
    /// By its keys.
    Map(&'a Ty),
    /// By its fields, as a schema of users says; whether it is a whole object.
    Custom(&'a Value, bool),
    /// By its items.
    List(Type<'a>, ListKey<'a>),
}

/// What tells the items of a list apart.
#[derive(Clone, Copy)]
pub(super) enum ListKey<'a> {
    /// The items themselves.
    Set,
    /// These fields of them.
    Map(&'a [&'static str], &'a Ty),
    /// Those that the schema of the list names.
    Custom(&'a Value),
}

/// What a schema says where it says nothing.
static ANYTHING: Value = Value::Null;

/// The shape of a type.
pub(super) fn shape_of(ty: Type<'_>) -> Shape<'_> {
    match ty {
        Type::Struct(id) => Shape::Struct(id),
        Type::Known(ty) => shape(ty, None),
        Type::CustomObject(schema) => Shape::Custom(schema, true),
        Type::Custom(schema) if schema["type"] == "array" => {
            let item = Type::Custom(schema.get("items").unwrap_or(&ANYTHING));
            match schema["x-kubernetes-list-type"].as_str() {
                Some("set") => Shape::List(item, ListKey::Set),
                Some("map") => Shape::List(item, ListKey::Custom(schema)),
                _ => Shape::Leaf,
            }
        }
        Type::Custom(schema) if schema["x-kubernetes-map-type"] == "atomic" => Shape::Leaf,
        Type::Custom(schema) => Shape::Custom(schema, false),
    }
}

/// The type of a field of an object with such a schema.
pub(super) fn custom_field<'a>(schema: &'a Value, object: bool, name: &str) -> Type<'a> {
    if let (true, "metadata", Some(meta)) = (object, name, schema::named("ObjectMeta")) {
        return Type::Struct(meta);
    }
    let property = schema.get("properties").and_then(|all| all.get(name));
    let property = property.or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object()));
    Type::Custom(property.unwrap_or(&ANYTHING))
}

/// The shape of the type of a field; `None` for the object itself.
pub(super) fn shape<'a>(ty: &'a Ty, field: Option<(TypeId, &'a Field)>) -> Shape<'a> {
    if let Some((parent, field)) = field
        && ATOMIC_FIELDS.contains(&(parent.struct_name(), field.name))
    {
        return Shape::Leaf;
    }
    match (ty.base(), field.and_then(|(_, field)| field.list_type.as_ref())) {
        (Ty::Named(id), _) if ATOMIC_TYPES.contains(&id.struct_name()) => Shape::Leaf,
        (Ty::Named(id), _) => Shape::Struct(*id),
        (Ty::Map(item), _) => Shape::Map(item),
        (Ty::List(item), Some(ListType::Set)) => Shape::List(Type::Known(item), ListKey::Set),
        (Ty::List(item), Some(ListType::Map(keys))) => Shape::List(Type::Known(item), ListKey::Map(keys, item)),
        _ => Shape::Leaf,
    }
}

impl ListKey<'_> {
    /// The step to an item.
    pub(super) fn of(self, item: &Value) -> Elem {
        match self {
            ListKey::Set => Elem::Value(go_json(item)),
            ListKey::Custom(schema) => {
                let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
                let value = |key: &str| {
                    let default = || schema.pointer("/items/properties")?.get(key)?.get("default");
                    item.get(key).or_else(default).map(go_json)
                };
                let keys = keys.filter_map(Value::as_str);
                Elem::Key(keys.filter_map(|key| Some((key.to_owned(), value(key)?))).collect())
            }
            ListKey::Map(keys, ty) => {
                let value = |key: &str| match item.get(key) {
                    Some(value) => Some(go_json(value)),
                    None => default_key(ty, key).map(|value| go_json(&value)),
                };
                Elem::Key(keys.iter().filter_map(|key| Some(((*key).to_owned(), value(key)?))).collect())
            }
        }
    }
}

/// A key that an item need not have has a default: the protocol of ports.
fn default_key(ty: &Ty, key: &str) -> Option<Value> {
    let is_port = ty.as_struct().is_some_and(|id| id.struct_name().ends_with("Port"));
    (key == "protocol" && is_port).then(|| "TCP".into())
}

/// The fields of an object that somebody applies.
pub(super) fn leaves(ty: Type<'_>, value: &Value) -> Leaves {
    let mut out = Leaves::new();
    walk(shape_of(ty), value, &mut Vec::new(), false, &mut out);
    out
}

/// The fields of an object that is there. Maps, lists and structs that an empty object would not have are fields of their
/// own: who makes one owns it, beside what stands in it.
pub(super) fn fields(ty: Type<'_>, value: &Value) -> Leaves {
    let mut out = Leaves::new();
    walk(shape_of(ty), value, &mut Vec::new(), true, &mut out);
    out
}

/// Whether a value has fields that are owned one by one.
fn is_composite(shape: &Shape<'_>, value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty() && !matches!(shape, Shape::Leaf | Shape::List(..)),
        Value::Array(items) => !items.is_empty() && matches!(shape, Shape::List(..)),
        _ => false,
    }
}

fn walk(shape: Shape<'_>, value: &Value, path: &mut Path, whole: bool, out: &mut Leaves) {
    match (shape, value) {
        (Shape::Struct(id), Value::Object(fields)) if !fields.is_empty() => {
            for (name, value) in fields {
                path.push(Elem::Field(name.clone()));
                match schema::field(id, name) {
                    Some(field) => {
                        let shape = self::shape(&field.ty, Some((id, field)));
                        let optional = field.zero != Zero::Written
                            && (matches!(field.ty, Ty::Pointer(_)) || !matches!(field.ty.base(), Ty::Named(_)));
                        if whole && optional && is_composite(&shape, value) {
                            out.insert(path.clone(), None);
                        }
                        walk(shape, value, path, whole, out);
                    }
                    None => walk(Shape::Leaf, value, path, whole, out),
                }
                path.pop();
            }
        }
        (Shape::Map(item), Value::Object(fields)) if !fields.is_empty() => {
            for (name, value) in fields {
                path.push(Elem::Field(name.clone()));
                walk(self::shape(item, None), value, path, whole, out);
                path.pop();
            }
        }
        (Shape::Custom(schema, object), Value::Object(fields)) if !fields.is_empty() => {
            for (name, value) in fields {
                path.push(Elem::Field(name.clone()));
                let shape = shape_of(custom_field(schema, object, name));
                if whole && !matches!(shape, Shape::Struct(_)) && is_composite(&shape, value) {
                    out.insert(path.clone(), None);
                }
                walk(shape, value, path, whole, out);
                path.pop();
            }
        }
        (Shape::List(item, key), Value::Array(items)) if !items.is_empty() => {
            for value in items {
                path.push(key.of(value));
                out.insert(path.clone(), None);
                if !matches!(key, ListKey::Set) {
                    walk(shape_of(item), value, path, whole, out);
                }
                path.pop();
            }
        }
        _ => {
            out.insert(path.clone(), Some(value.clone()));
        }
    }
}

/// A set as `fieldsV1`.
pub(super) fn to_fields_v1(set: &FieldSet) -> Value {
    let mut root = Fields::new();
    for path in set {
        insert(&mut root, path);
    }
    let mut value = Value::Object(root);
    drop_lone_dots(&mut value);
    value
}

fn insert(at: &mut Fields, path: &[Elem]) {
    let empty = || Value::Object(Fields::new());
    match path.split_first() {
        None => {
            at.insert(".".to_owned(), empty());
        }
        Some((first, rest)) => {
            if let Value::Object(inner) = at.entry(name(first)).or_insert_with(empty) {
                insert(inner, rest);
            }
        }
    }
}

/// A member without fields of its own is written `{}`.
fn drop_lone_dots(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for (_, inner) in fields.iter_mut() {
        drop_lone_dots(inner);
    }
    if fields.len() == 1 {
        fields.remove(".");
    }
}

fn name(elem: &Elem) -> String {
    match elem {
        Elem::Field(name) => format!("f:{name}"),
        Elem::Value(value) => format!("v:{value}"),
        Elem::Key(keys) => {
            let pairs: Vec<String> = keys.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("k:{{{}}}", pairs.join(","))
        }
    }
}

/// A path as conflicts print it: `.spec.containers[name="web"].image`.
pub(super) fn shown(path: &Path) -> String {
    let one = |elem: &Elem| match elem {
        Elem::Field(name) => format!(".{name}"),
        Elem::Value(value) => format!("[={value}]"),
        Elem::Key(keys) => {
            let pairs: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", pairs.join(","))
        }
    };
    path.iter().map(one).collect()
}
