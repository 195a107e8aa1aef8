//! From the path of a field back to the text that wrote it.

use crate::base::path::{FieldPath, Step};

use super::pos::Span;

/// Where every key and value of a document is written.
///
/// Below an alias (`*name`) and below `<<`, the places are those of the anchor's text: there the value can be changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanTree {
    pub(super) nodes: Vec<SpanNode>,
    pub(super) root: usize,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SpanNode {
    pub span: Span,
    pub children: Children,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Children {
    #[default]
    None,
    Items(Vec<usize>),
    /// In the order in which they count: of equal names the last one holds.
    Fields(Vec<FieldSpan>),
    /// An alias: as that node.
    Same(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldSpan {
    pub name: String,
    pub key: Span,
    pub value: usize,
}

/// A step that was found: the key that leads there, if it was a field, and the value's node.
struct Found {
    key: Option<Span>,
    node: usize,
}

impl SpanTree {
    /// The place of the value, or of the nearest value around it that is written.
    pub fn value(&self, path: &FieldPath) -> Span {
        self.walk(path).0.map_or_else(|| self.span(self.root), |found| self.span(found.node))
    }

    /// The place of the field's key, or of the nearest key around it that is written. A list item, which has no key,
    /// answers with its value.
    pub fn key(&self, path: &FieldPath) -> Span {
        self.walk(path).0.map_or_else(|| self.span(self.root), |found| found.key.unwrap_or(self.span(found.node)))
    }

    /// The place of the value, only if the document has it.
    pub fn exact(&self, path: &FieldPath) -> Option<Span> {
        match self.walk(path) {
            (Some(found), true) => Some(self.span(found.node)),
            (None, true) => Some(self.span(self.root)),
            _ => None,
        }
    }

    /// Follows the path as far as the document goes; tells whether that was all the way.
    fn walk(&self, path: &FieldPath) -> (Option<Found>, bool) {
        let mut found: Option<Found> = None;
        for step in &path.0 {
            let node = found.as_ref().map_or(self.root, |found| found.node);
            match self.child(node, step) {
                Some(next) => found = Some(next),
                None => return (found, false),
            }
        }
        (found, true)
    }

    fn child(&self, node: usize, step: &Step) -> Option<Found> {
        let node = match self.nodes.get(node)?.children {
            Children::Same(target) => target,
            _ => node,
        };
        let index;
        let name = match (&self.nodes.get(node)?.children, step) {
            (Children::Items(items), Step::Index(index)) => {
                return Some(Found { key: None, node: *items.get(*index)? });
            }
            (_, Step::Field(name) | Step::Key(name)) => name,
            // A map key that looks like a number, as in `nodeSelector[1]`.
            (_, Step::Index(number)) => {
                index = number.to_string();
                &index
            }
        };
        match &self.nodes.get(node)?.children {
            Children::Fields(fields) => fields
                .iter()
                .rev()
                .find(|field| field.name == *name)
                .map(|field| Found { key: Some(field.key), node: field.value }),
            _ => None,
        }
    }

    fn span(&self, node: usize) -> Span {
        self.nodes.get(node).map(|node| node.span).unwrap_or_default()
    }
}
