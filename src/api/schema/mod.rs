//! What fields the kinds of Kubernetes 1.36 have: their types, enumerations, merge keys, and which are required.
//!
//! The table is `types.txt` (made by `cargo xtask schema` from the Go source of the API), the kinds are `kinds.txt` (kept
//! by hand); both are read once, when first needed. Nothing is checked here: see [`decode`](super::decode) for strict
//! decoding, [`patch`](super::patch) for merges. Start with [`of`] and [`Field`].

mod descriptions;
mod kinds;
mod parse;

use super::kinds::Kind;
use crate::base::path::{FieldPath, Step};
pub use descriptions::Descriptions;
pub use kinds::{KindRow, kind_rows};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A type that has a name: a struct, or a Go type like `Protocol`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeId(u16);

/// A field of a struct; the fields of embedded structs are among those of the struct that embeds them.
#[derive(Debug)]
pub struct Field {
    /// The JSON name.
    pub name: &'static str,
    /// The type.
    pub ty: Ty,
    /// Whether the API documentation calls it required.
    pub required: bool,
    /// What becomes of a zero value in JSON.
    pub zero: Zero,
    /// The field by which items of this list are merged.
    pub merge_key: Option<&'static str>,
    /// How a strategic merge patch treats the field.
    pub patch_strategy: PatchStrategy,
    /// How server-side apply treats the list; `None` when it is none or its type says nothing.
    pub list_type: Option<ListType>,
    /// The Go names of the embedded structs through which the field comes, outermost first.
    pub embedded: Vec<&'static str>,
}

/// What becomes of a zero value when Go writes JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// It is written.
    Written,
    /// It is left out, unless it is a struct (`omitempty`).
    Omitted,
    /// It is left out even if it is a struct (`omitzero`).
    OmittedStruct,
}

/// The patch strategy in a field's tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PatchStrategy {
    /// `merge`: a list is merged, by key or as a set.
    pub merge: bool,
    /// `retainKeys`: what a patch does not name in `$retainKeys` goes away.
    pub retain_keys: bool,
    /// `replace`: an object is replaced, not merged.
    pub replace: bool,
}

/// What `+listType` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListType {
    /// It is replaced as a whole.
    Atomic,
    /// A set of scalars.
    Set,
    /// Items are told apart by these fields.
    Map(Vec<&'static str>),
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// A string.
    String,
    /// A 32-bit number.
    Int32,
    /// A 64-bit number.
    Int64,
    /// A truth value.
    Bool,
    /// A floating-point number.
    Float64,
    /// `100m`; see [`quantity`](super::quantity).
    Quantity,
    /// A port number or name, a count or per cent.
    IntOrString,
    /// A time of whole seconds.
    Time,
    /// A time with microseconds.
    MicroTime,
    /// Bytes as base64.
    Bytes,
    /// Any JSON.
    Any,
    /// A value that may be absent, which differs from its zero.
    Pointer(Box<Ty>),
    /// A list.
    List(Box<Ty>),
    /// An object with free keys.
    Map(Box<Ty>),
    /// A type with a name.
    Named(TypeId),
}

/// What a [`TypeId`] stands for.
#[derive(Debug)]
pub struct TypeDef {
    /// The name in the table: Go's, with the package unless it is `v1`, and `/group` where two share one name.
    pub name: &'static str,
    /// What it is.
    pub shape: Shape,
}

/// A struct or a type under another name.
#[derive(Debug)]
pub enum Shape {
    /// Its fields in Go's order.
    Struct(Vec<Field>),
    /// `type Protocol string`, and the values if it is an enumeration.
    Alias(Ty, Vec<&'static str>),
}

struct Table {
    types: Vec<TypeDef>,
    by_name: BTreeMap<&'static str, TypeId>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| parse::table(include_str!("types.txt")));

/// The type of a kind's objects.
pub fn of(kind: Kind) -> Option<TypeId> {
    let info = kind.info();
    if kind.is_custom() { None } else { of_kind(info.group, info.version, info.kind) }
}

/// The type of the objects of a kind that is named by group (empty for core), version and kind; whether or not a
/// [`Kind`] exists for it.
pub fn of_kind(group: &str, version: &str, kind: &str) -> Option<TypeId> {
    let group = group.split('.').next().unwrap_or(group);
    let name = if version == "v1" { kind.to_owned() } else { format!("{version}.{kind}") };
    named(&format!("{name}/{group}")).or_else(|| named(&name))
}

/// The type of this name in the table: `PodSpec`, `v2.MetricSpec`.
pub fn named(name: &str) -> Option<TypeId> {
    TABLE.by_name.get(name).copied()
}

/// All types, by name.
pub fn types() -> impl Iterator<Item = TypeId> {
    TABLE.by_name.values().copied()
}

/// The field of this JSON name; letters' case counts.
pub fn field(ty: TypeId, name: &str) -> Option<&'static Field> {
    ty.fields().iter().find(|field| field.name == name)
}

/// The type of what stands at `path` in an object of type `root`.
pub fn at(root: TypeId, path: &FieldPath) -> Option<&'static Ty> {
    let mut steps = path.0.iter();
    let Some(Step::Field(first)) = steps.next() else { return None };
    let mut ty = &field(root, first)?.ty;
    for step in steps {
        ty = match (step, ty.base()) {
            (Step::Field(name), Ty::Named(id)) => &field(*id, name)?.ty,
            (Step::Index(_), Ty::List(item)) => item,
            (Step::Key(_) | Step::Field(_), Ty::Map(item)) => item,
            _ => return None,
        };
    }
    Some(ty)
}

impl TypeId {
    /// What it stands for.
    pub fn def(self) -> &'static TypeDef {
        &TABLE.types[usize::from(self.0)]
    }

    /// The fields of a struct; nothing for other types.
    pub fn fields(self) -> &'static [Field] {
        match &self.def().shape {
            Shape::Struct(fields) => fields,
            Shape::Alias(..) => &[],
        }
    }

    /// As Go prints the type: `v1.PodSpec`.
    pub fn go_name(self) -> String {
        let name = self.struct_name();
        if self.def().name.contains('.') {
            self.def().name.split('/').next().unwrap_or_default().to_owned()
        } else {
            format!("v1.{name}")
        }
    }

    /// As Go names the type within its package: `PodSpec`.
    pub fn struct_name(self) -> &'static str {
        let name = self.def().name.split('/').next().unwrap_or_default();
        name.rsplit('.').next().unwrap_or(name)
    }
}

impl std::fmt::Debug for TypeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.struct_name())
    }
}

impl Ty {
    /// The type behind pointers and names; structs stay [`Ty::Named`].
    pub fn base(&self) -> &Ty {
        match self {
            Ty::Pointer(inner) => inner.base(),
            Ty::Named(id) => match &id.def().shape {
                Shape::Struct(_) => self,
                Shape::Alias(ty, _) => ty.base(),
            },
            _ => self,
        }
    }

    /// The struct that this is or points to.
    pub fn as_struct(&self) -> Option<TypeId> {
        match self.base() {
            Ty::Named(id) => Some(*id),
            _ => None,
        }
    }

    /// The values that are allowed, sorted; nothing if it is no enumeration.
    pub fn enum_values(&self) -> &'static [&'static str] {
        match self {
            Ty::Pointer(inner) => inner.enum_values(),
            Ty::Named(id) => match &id.def().shape {
                Shape::Alias(_, values) => values,
                Shape::Struct(_) => &[],
            },
            _ => &[],
        }
    }

    /// As Go's `reflect.Type.String` prints it: `[]v1.Container`. Keys of maps are taken for plain strings.
    pub fn go_name(&self) -> String {
        match self {
            Ty::String => "string".to_owned(),
            Ty::Int32 => "int32".to_owned(),
            Ty::Int64 => "int64".to_owned(),
            Ty::Bool => "bool".to_owned(),
            Ty::Float64 => "float64".to_owned(),
            Ty::Quantity => "resource.Quantity".to_owned(),
            Ty::IntOrString => "intstr.IntOrString".to_owned(),
            Ty::Time => "v1.Time".to_owned(),
            Ty::MicroTime => "v1.MicroTime".to_owned(),
            Ty::Bytes => "[]uint8".to_owned(),
            Ty::Any => "interface {}".to_owned(),
            Ty::Pointer(inner) => format!("*{}", inner.go_name()),
            Ty::List(inner) => format!("[]{}", inner.go_name()),
            Ty::Map(inner) => format!("map[string]{}", inner.go_name()),
            Ty::Named(id) => id.go_name(),
        }
    }
}

#[cfg(test)]
mod tests;
