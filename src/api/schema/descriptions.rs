//! What the API's documentation says of types, fields and values: `www/schema/descriptions.txt`, made by
//! `cargo xtask schema`.
//!
//! It is a large text that few ask for, so it is no part of the program: the page fetches it when it is first needed, and
//! natively it is built in.

use super::{Field, Ty, TypeId};
use crate::base::Str;

/// The descriptions. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptions(Str);

impl Descriptions {
    /// The path under which the page finds the text.
    pub const PATH: &'static str = "schema/descriptions.txt";

    /// From the text: sorted lines of `Type`, `Type.field` or `Type=value`, a tab, and the description.
    pub fn new(text: impl Into<Str>) -> Descriptions {
        Descriptions(text.into())
    }

    /// The descriptions that the native program has built in; none in the page, which fetches them.
    pub fn built_in() -> Option<Descriptions> {
        #[cfg(target_arch = "wasm32")]
        return None;
        #[cfg(not(target_arch = "wasm32"))]
        Some(Descriptions::new(include_str!("../../../www/schema/descriptions.txt")))
    }

    /// What is said of a type.
    pub fn of_type(&self, ty: TypeId) -> Option<String> {
        self.get(ty.def().name)
    }

    /// What is said of a field, its values included.
    pub fn of_field(&self, ty: TypeId, field: &Field) -> Option<String> {
        let owners = std::iter::once(ty.def().name).chain(field.embedded.iter().rev().copied());
        let text = owners.filter_map(|owner| self.get(&format!("{owner}.{}", field.name))).next();
        let values = self.of_values(&field.ty);
        if values.is_empty() { text } else { Some(text.unwrap_or_default() + &values) }
    }

    /// The list of an enumeration's values, as it stands at the end of a field's description.
    ///
    /// Models `enumType.DescriptionLines` of `k8s.io/kube-openapi`.
    fn of_values(&self, ty: &Ty) -> String {
        let (values, id) = match ty {
            Ty::Pointer(inner) => return self.of_values(inner),
            Ty::Named(id) => (ty.enum_values(), id),
            _ => return String::new(),
        };
        let mut text = String::new();
        for value in values {
            text.push_str(if text.is_empty() { "\n\nPossible enum values:\n" } else { "\n" });
            let about = self.get(&format!("{}={value}", id.def().name)).unwrap_or_default();
            text.push_str(format!(" - `{}` {about}", crate::base::text::go_quote(value)).trim_end());
        }
        text
    }

    fn get(&self, name: &str) -> Option<String> {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'))?;
        let mut text = String::with_capacity(line.len());
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => text.push(match chars.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    other => other.unwrap_or('\\'),
                }),
                c => text.push(c),
            }
        }
        Some(text)
    }
}
