//! Events to a tree of nodes, kept in one vector so that no depth of nesting can exhaust the stack.

use std::collections::BTreeMap;

use super::chunks::Chunk;
use super::error::{Fault, Stage};
use super::parse::{Event, EventKind, Parser, Properties};
use super::pos::Span;
use super::scan::Step;

/// The place of a node in [`Tree::nodes`].
pub(super) type NodeId = usize;

/// A node and where it stands.
pub(super) struct Node {
    pub span: Span,
    pub kind: NodeKind,
}

/// What a node is.
pub(super) enum NodeKind {
    Scalar {
        text: String,
        /// The whole tag; empty for none.
        tag: String,
        /// Written without quotes and tag: its type follows from its text.
        plain: bool,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values, alternating.
    Mapping(Vec<NodeId>),
    Alias {
        name: String,
        target: NodeId,
    },
}

/// One document as it is written: no types, no merging, aliases as they are.
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub root: NodeId,
}

/// Reads the first YAML document of a chunk; nothing when there is none. What stands behind `...` is not read.
///
/// Models `parser.parse` of go-yaml v2 `decode.go`.
pub(super) fn read(chunk: Chunk<'_>) -> Step<Option<Tree>> {
    let mut parser = Parser::new(chunk);
    let mut builder = Builder::default();
    loop {
        let event = parser.next()?;
        match event.kind {
            EventKind::StreamStart | EventKind::DocumentStart => {}
            EventKind::StreamEnd | EventKind::DocumentEnd => break,
            _ => builder.add(event)?,
        }
    }
    Ok(builder.root.map(|root| Tree { nodes: builder.nodes, root }))
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    root: Option<NodeId>,
    /// The collections that are open, innermost last, and whether brackets end them.
    open: Vec<(NodeId, bool)>,
    anchors: BTreeMap<String, NodeId>,
}

impl Builder {
    fn add(&mut self, event: Event) -> Step {
        let span = Span::new(event.start, event.end);
        match event.kind {
            EventKind::Alias(name) => {
                let Some(target) = self.anchors.get(&name).copied() else {
                    let problem = format!("unknown anchor '{name}' referenced");
                    return Err(Fault::value(Stage::Decoder, problem, event.start));
                };
                self.node(span, NodeKind::Alias { name, target }, None);
            }
            EventKind::Scalar { text, plain, properties: Properties { anchor, tag } } => {
                self.node(span, NodeKind::Scalar { text, tag, plain }, anchor);
            }
            EventKind::SequenceStart { flow, properties } => {
                let id = self.node(span, NodeKind::Sequence(Vec::new()), properties.anchor);
                self.open.push((id, flow));
            }
            EventKind::MappingStart { flow, properties } => {
                let id = self.node(span, NodeKind::Mapping(Vec::new()), properties.anchor);
                self.open.push((id, flow));
            }
            _ => self.close(span),
        }
        Ok(())
    }

    fn node(&mut self, span: Span, kind: NodeKind, anchor: Option<String>) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(Node { span, kind });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        match self.open.last().and_then(|(parent, _)| self.nodes.get_mut(*parent)) {
            Some(Node { kind: NodeKind::Sequence(children) | NodeKind::Mapping(children), .. }) => children.push(id),
            _ => self.root = Some(id),
        }
        id
    }

    /// A block collection ends where its last child does, not where the next token was found.
    fn close(&mut self, span: Span) {
        let Some((id, flow)) = self.open.pop() else { return };
        let last = match self.nodes.get(id).map(|node| &node.kind) {
            Some(NodeKind::Sequence(children) | NodeKind::Mapping(children)) => children.last().copied(),
            _ => None,
        };
        let child_end = last.and_then(|child| self.nodes.get(child)).map(|child| child.span.end);
        if let Some(node) = self.nodes.get_mut(id) {
            node.span.end = if flow { span.end } else { child_end.unwrap_or(node.span.end) };
        }
    }
}
