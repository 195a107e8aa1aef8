//! Reads `types.txt`; its form is told in its own first lines. The table is part of the program: what cannot be read is
//! left out, and a test sees that nothing is.

use super::{Field, ListType, PatchStrategy, Shape, Table, Ty, TypeDef, TypeId, Zero};
use std::collections::BTreeMap;

/// The names of all types, and the lines that declare them.
struct Lines {
    by_name: BTreeMap<&'static str, TypeId>,
    bodies: Vec<(&'static str, &'static str)>,
}

pub(super) fn table(text: &'static str) -> Table {
    let bodies: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).map(split_name).collect();
    let by_name = bodies.iter().zip(0u16..).map(|((name, _), index)| (*name, TypeId(index))).collect();
    let lines = Lines { by_name, bodies };
    let types = lines.bodies.iter().map(|(name, body)| TypeDef { name, shape: lines.shape(body) }).collect();
    Table { types, by_name: lines.by_name }
}

/// The name of the type, and the rest with the `=` of an alias.
fn split_name(line: &'static str) -> (&'static str, &'static str) {
    let end = line.find([' ', '=']).unwrap_or(line.len());
    line.split_at(end)
}

impl Lines {
    fn shape(&self, body: &'static str) -> Shape {
        match body.strip_prefix('=') {
            Some(rest) => {
                let mut words = rest.split('|');
                let ty = words.next().map_or(Ty::Any, |word| self.ty(word));
                Shape::Alias(ty, words.collect())
            }
            None => Shape::Struct(self.fields(body, &[])),
        }
    }

    fn fields(&self, body: &'static str, embedded: &[&'static str]) -> Vec<Field> {
        let mut fields = Vec::new();
        for word in body.split(' ').filter(|word| !word.is_empty()) {
            match word.strip_prefix('+') {
                Some(name) => {
                    let mut path = embedded.to_vec();
                    path.push(name.split('/').next().unwrap_or(name));
                    let inner = self.by_name.get(name).and_then(|id| self.bodies.get(usize::from(id.0)));
                    fields.extend(inner.map(|(_, body)| self.fields(body, &path)).unwrap_or_default());
                }
                None => fields.extend(self.field(word, embedded)),
            }
        }
        fields
    }

    fn field(&self, word: &'static str, embedded: &[&'static str]) -> Option<Field> {
        let (left, right) = word.split_once(':')?;
        let name = left.trim_end_matches(['!', '=', '~']);
        let flags = &left[name.len()..];
        let type_end = right.find(['@', '&', '^', '%']).unwrap_or(right.len());
        let (ty, tags) = right.split_at(type_end);
        let (patch, list) = tags.split_once('%').map_or((tags, None), |(patch, list)| (patch, Some(list)));
        let merge_key = patch.trim_end_matches(['&', '^']).strip_prefix('@').filter(|key| !key.is_empty());
        Some(Field {
            name,
            ty: self.ty(ty),
            required: flags.contains('!'),
            zero: if flags.contains('=') {
                Zero::Written
            } else if flags.contains('~') {
                Zero::OmittedStruct
            } else {
                Zero::Omitted
            },
            merge_key,
            patch_strategy: PatchStrategy {
                merge: patch.starts_with('@'),
                retain_keys: patch.contains('&'),
                replace: patch.contains('^'),
            },
            list_type: list.map(|list| match list.split_once(':') {
                Some((_, keys)) => ListType::Map(keys.split(',').collect()),
                None if list == "m" => ListType::Map(merge_key.into_iter().collect()),
                None if list == "s" => ListType::Set,
                None => ListType::Atomic,
            }),
            embedded: embedded.to_vec(),
        })
    }

    fn ty(&self, word: &'static str) -> Ty {
        let inner = |rest| Box::new(self.ty(rest));
        match word.split_at_checked(1) {
            Some(("*", rest)) => return Ty::Pointer(inner(rest)),
            Some(("[", rest)) => return Ty::List(inner(rest)),
            Some(("{", rest)) => return Ty::Map(inner(rest)),
            _ => {}
        }
        match word {
            "s" => Ty::String,
            "i" => Ty::Int32,
            "l" => Ty::Int64,
            "b" => Ty::Bool,
            "f" => Ty::Float64,
            "q" => Ty::Quantity,
            "p" => Ty::IntOrString,
            "t" => Ty::Time,
            "T" => Ty::MicroTime,
            "y" => Ty::Bytes,
            _ => self.by_name.get(word).map_or(Ty::Any, |id| Ty::Named(*id)),
        }
    }
}
