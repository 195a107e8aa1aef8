//! A tree of nodes to a JSON value, as `sigs.k8s.io/yaml.YAMLToJSON` does it over go-yaml v2.
//!
//! Models `decode.go` of go-yaml v2 (with an `interface{}` to fill) and `convertToJSONableObject`.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::path::FieldPath;
use crate::base::{Fields, Value};

use super::error::{Fault, Stage};
use super::go_syntax;
use super::number::{float_value, go_float_key};
use super::pos::{Pos, Span};
use super::resolve::{Scalar, scalar};
use super::scan::Step;
use super::spans::{Children, FieldSpan, SpanNode, SpanTree};
use super::tree::{NodeId, NodeKind, Tree};
use super::{Duplicate, MAX_DEPTH};

const UNSUPPORTED_KEY: &str = "unsupported map key of type: ";

/// What a document means.
pub(super) struct Decoded {
    pub value: Value,
    pub spans: SpanTree,
    pub duplicates: Vec<Duplicate>,
}

/// Decodes a tree.
pub(super) fn decode(tree: Tree) -> Step<Decoded> {
    let spans = tree.nodes.iter().map(|node| SpanNode { span: node.span, children: Children::None }).collect();
    let mut decoder = Decoder {
        tree: &tree,
        spans: SpanTree { nodes: spans, root: tree.root },
        duplicates: Vec::new(),
        // The document itself is go-yaml's first node.
        decoded: 1,
        through_aliases: 0,
        aliases: Vec::new(),
        depth: 0,
        unsupported: Vec::new(),
    };
    let value = decoder.node(tree.root, &Trail::Root)?;
    let Decoder { spans, duplicates, unsupported, .. } = decoder;
    // All keys are made text before any value is printed.
    let key_first = unsupported.into_iter().flatten().min_by_key(|fault| !fault.problem.starts_with(UNSUPPORTED_KEY));
    match key_first {
        Some(fault) => Err(fault),
        None => Ok(Decoded { value, spans, duplicates }),
    }
}

/// The way from the document to the node that is being decoded; a path is made of it only when one is told.
enum Trail<'a> {
    Root,
    Field(&'a Trail<'a>, &'a str),
    Item(&'a Trail<'a>, usize),
}

impl Trail<'_> {
    fn path(&self) -> FieldPath {
        match self {
            Trail::Root => FieldPath::root(),
            Trail::Field(parent, name) => parent.path().child(name),
            Trail::Item(parent, index) => parent.path().index(*index),
        }
    }
}

struct Decoder<'t> {
    tree: &'t Tree,
    spans: SpanTree,
    duplicates: Vec<Duplicate>,
    decoded: u64,
    through_aliases: u64,
    /// The aliases that are being followed.
    aliases: Vec<NodeId>,
    /// How many collections are open.
    depth: usize,
    /// What JSON cannot say, told only when all else is well; nothing where a duplicate key took its place.
    unsupported: Vec<Option<Box<Fault>>>,
}

/// A mapping's fields so far, for the value and for the spans.
#[derive(Default)]
struct Building {
    fields: Fields,
    spans: Vec<FieldSpan>,
    /// Which of [`Decoder::unsupported`] a field brought.
    unsupported: BTreeMap<String, Range<usize>>,
}

impl Decoder<'_> {
    fn at(&self, id: NodeId) -> Pos {
        self.tree.nodes.get(id).map(|node| node.span.start).unwrap_or_default()
    }

    fn refuse<T>(&self, id: NodeId, problem: impl Into<String>) -> Step<T> {
        Err(Fault::value(Stage::Decoder, problem, self.at(id)))
    }

    /// Models `decoder.unmarshal`: counts, so that a few aliases cannot become a flood.
    fn count(&mut self, id: NodeId) -> Step {
        self.decoded += 1;
        if !self.aliases.is_empty() {
            self.through_aliases += 1;
        }
        let ratio = self.through_aliases as f64 / self.decoded as f64;
        if self.through_aliases > 100 && self.decoded > 1000 && ratio > allowed_ratio(self.decoded) {
            return self.refuse(id, "document contains excessive aliasing");
        }
        Ok(())
    }

    fn node(&mut self, id: NodeId, trail: &Trail<'_>) -> Step<Value> {
        self.count(id)?;
        let tree = self.tree;
        let Some(node) = tree.nodes.get(id) else { return Ok(Value::Null) };
        match &node.kind {
            NodeKind::Scalar { text, tag, plain } => {
                let scalar = scalar(text, tag, *plain).or_else(|problem| self.refuse(id, problem))?;
                Ok(self.scalar_value(scalar, node.span.start))
            }
            NodeKind::Alias { name, target } => {
                if self.aliases.contains(&id) {
                    return self.refuse(id, format!("anchor '{name}' value contains itself"));
                }
                self.aliases.push(id);
                let value = self.node(*target, trail)?;
                self.aliases.pop();
                self.set_children(id, Children::Same(*target));
                Ok(value)
            }
            NodeKind::Sequence(children) => {
                self.open(id)?;
                let mut items = Vec::with_capacity(children.len());
                for (i, child) in children.iter().enumerate() {
                    items.push(self.node(*child, &Trail::Item(trail, i))?);
                }
                self.depth -= 1;
                self.set_children(id, Children::Items(children.clone()));
                Ok(Value::Array(items))
            }
            NodeKind::Mapping(children) => {
                let mut building = Building::default();
                self.mapping(id, children, trail, &mut building)?;
                self.set_children(id, Children::Fields(building.spans));
                Ok(Value::Object(building.fields))
            }
        }
    }

    /// Everything behind this loader walks values by recursion, and the stack of a browser is small.
    fn open(&mut self, id: NodeId) -> Step {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.refuse(id, format!("exceeded max depth of {MAX_DEPTH}"));
        }
        Ok(())
    }

    fn set_children(&mut self, id: NodeId, children: Children) {
        if let Some(node) = self.spans.nodes.get_mut(id) {
            node.children = children;
        }
    }

    fn scalar_value(&mut self, scalar: Scalar, at: Pos) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(bool) => Value::Bool(bool),
            Scalar::Int(integer) => Value::from(integer),
            Scalar::Uint(integer) => float_value(integer as f64),
            Scalar::Text(text) | Scalar::Timestamp(text) => Value::String(text),
            Scalar::Float(float) if float.is_finite() => float_value(float),
            Scalar::Float(float) => {
                let name = if float.is_nan() {
                    "NaN"
                } else if float > 0.0 {
                    "+Inf"
                } else {
                    "-Inf"
                };
                let fault = Fault::value(Stage::Conversion, format!("json: unsupported value: {name}"), at);
                self.unsupported.push(Some(fault));
                Value::Null
            }
        }
    }

    /// Adds the fields of a mapping. What `<<` brings counts where it stands: a field written before it gives way.
    fn mapping(&mut self, id: NodeId, children: &[NodeId], trail: &Trail<'_>, building: &mut Building) -> Step {
        self.open(id)?;
        // Duplicates are those of this mapping itself, not of what `<<` brings.
        let mut own: BTreeMap<String, Span> = BTreeMap::new();
        for pair in children.chunks_exact(2) {
            let &[key_id, value_id] = pair else { continue };
            if self.is_merge(key_id) {
                self.merge(value_id, trail, building)?;
                continue;
            }
            let key = self.key(key_id)?;
            let name = key.clone().unwrap_or_else(|kind| kind.name);
            let unsupported = self.unsupported.len();
            let value = self.node(value_id, &Trail::Field(trail, &name))?;
            let span = self.spans.nodes.get(key_id).map(|node| node.span).unwrap_or_default();
            if let Err(unsupported) = key {
                self.unsupported_key(&unsupported, value_id, span.start);
            }
            self.replace_unsupported(&name, unsupported, building);
            if let Some(first) = own.insert(name.clone(), span) {
                let path = Trail::Field(trail, &name).path();
                self.duplicates.push(Duplicate { path, first, second: span });
            }
            building.spans.push(FieldSpan { name: name.clone(), key: span, value: value_id });
            building.fields.insert(name, value);
        }
        self.depth -= 1;
        Ok(())
    }

    /// A field that is written again takes its first value's troubles with it.
    fn replace_unsupported(&mut self, name: &str, start: usize, building: &mut Building) {
        let range = start..self.unsupported.len();
        let before = match range.is_empty() {
            true => building.unsupported.remove(name),
            false => building.unsupported.insert(name.to_owned(), range),
        };
        for index in before.unwrap_or_default() {
            if let Some(fault) = self.unsupported.get_mut(index) {
                *fault = None;
            }
        }
    }

    fn is_merge(&self, id: NodeId) -> bool {
        match self.tree.nodes.get(id).map(|node| &node.kind) {
            Some(NodeKind::Scalar { text, tag, plain }) => text == "<<" && (*plain || tag == "tag:yaml.org,2002:merge"),
            _ => false,
        }
    }

    /// The name of a field, or why JSON has no such key.
    fn key(&mut self, id: NodeId) -> Step<Result<String, UnsupportedKey>> {
        let tree = self.tree;
        let target = match tree.nodes.get(id).map(|node| &node.kind) {
            Some(NodeKind::Alias { target, .. }) => *target,
            _ => id,
        };
        if let Some(NodeKind::Scalar { text, tag, plain }) = tree.nodes.get(target).map(|node| &node.kind) {
            self.count(id)?;
            if target != id {
                self.aliases.push(id);
                let counted = self.count(target);
                self.aliases.pop();
                counted?;
            }
            let scalar = scalar(text, tag, *plain).or_else(|problem| self.refuse(id, problem))?;
            return Ok(match scalar {
                Scalar::Text(text) | Scalar::Timestamp(text) => Ok(text),
                Scalar::Bool(bool) => Ok(bool.to_string()),
                Scalar::Int(integer) => Ok(integer.to_string()),
                Scalar::Float(float) => Ok(go_float_key(float)),
                Scalar::Null => {
                    Err(UnsupportedKey { name: "null".to_owned(), go_type: "%!s(<nil>)", go_value: "<nil>".to_owned() })
                }
                Scalar::Uint(integer) => Err(UnsupportedKey {
                    name: integer.to_string(),
                    go_type: "uint64",
                    go_value: format!("{integer:#x}"),
                }),
            });
        }
        self.node(id, &Trail::Root)?;
        self.refuse(id, format!("invalid map key: {}", go_syntax::value(tree, id)))
    }

    fn unsupported_key(&mut self, key: &UnsupportedKey, value: NodeId, at: Pos) {
        let problem = format!(
            "{UNSUPPORTED_KEY}{}, key: {}, value: {}",
            key.go_type,
            key.go_value,
            go_syntax::value(self.tree, value)
        );
        self.unsupported.push(Some(Fault::value(Stage::Conversion, problem, at)));
    }

    /// Models `decoder.merge`: a mapping, an alias of one, or a list of these of which the first has precedence.
    fn merge(&mut self, id: NodeId, trail: &Trail<'_>, building: &mut Building) -> Step {
        let tree = self.tree;
        match tree.nodes.get(id).map(|node| &node.kind) {
            Some(NodeKind::Sequence(items)) => {
                for item in items.iter().rev() {
                    self.merge_mapping(*item, trail, building)?;
                }
                Ok(())
            }
            _ => self.merge_mapping(id, trail, building),
        }
    }

    fn merge_mapping(&mut self, id: NodeId, trail: &Trail<'_>, building: &mut Building) -> Step {
        let tree = self.tree;
        let kind_of = |id: NodeId| tree.nodes.get(id).map(|node| &node.kind);
        match kind_of(id) {
            Some(NodeKind::Mapping(children)) => {
                self.count(id)?;
                self.mapping(id, children, trail, building)
            }
            Some(NodeKind::Alias { name, target }) => {
                let Some(NodeKind::Mapping(children)) = kind_of(*target) else { return self.want_map(id) };
                self.count(id)?;
                if self.aliases.contains(&id) {
                    return self.refuse(id, format!("anchor '{name}' value contains itself"));
                }
                self.aliases.push(id);
                self.count(*target)?;
                self.mapping(*target, children, trail, building)?;
                self.aliases.pop();
                Ok(())
            }
            _ => self.want_map(id),
        }
    }

    fn want_map<T>(&self, id: NodeId) -> Step<T> {
        self.refuse(id, "map merge requires map or sequence of maps as the value")
    }
}

/// A key that go-yaml reads and JSON does not have.
#[derive(Clone)]
struct UnsupportedKey {
    name: String,
    go_type: &'static str,
    go_value: String,
}

/// Models `allowedAliasRatio` of go-yaml: 99 % of a small document may come from aliases, 10 % of a large one.
fn allowed_ratio(decoded: u64) -> f64 {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    let decoded = (decoded as f64).clamp(LOW, HIGH);
    0.99 - 0.89 * ((decoded - LOW) / (HIGH - LOW))
}
