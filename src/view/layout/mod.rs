//! Where the cards of the graph stand, and how the lines run between them: pure arithmetic, hand-placed columns.
//!
//! Traffic comes from the left, control from the right, and they meet in the pods. Columns by kind never jump; cards of a
//! column are spread evenly over the height of the nodes. Start with [`layout`].

mod camera;
mod cards;
mod columns;
mod curve;
mod labels;
mod nodes;
mod ownership;
mod wires;

pub use camera::Camera;
pub use cards::{OWNER_LETTERS, SERVICE_LETTERS, ServiceLine, name_lines, service_lines, shorten};
pub use curve::{Curve, Point, Rect};
pub use labels::{CHIP, LabelGroup, groups, lit};
pub use wires::PlacedEdge;

use crate::base::Str;
use crate::view::model::GraphView;
use std::collections::BTreeMap;

/// A laid out picture, in its own units (about CSS pixels at zoom 1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The picture's width.
    pub width: f64,
    /// The picture's height.
    pub height: f64,
    /// How much room a pod gets.
    pub density: Density,
    /// The words above the columns.
    pub headings: Vec<Heading>,
    /// Every card's place, by key.
    pub places: BTreeMap<Str, Rect>,
    /// The box of the pods without a node.
    pub waiting: Option<Rect>,
    /// The lines, in drawing order.
    pub edges: Vec<PlacedEdge>,
}

impl Layout {
    /// The way a request takes between two cards: along their line when there is one, else straight across.
    pub fn way(&self, from: &str, to: &str) -> Option<Curve> {
        if let Some(edge) = self.edges.iter().find(|edge| &*edge.edge.from == from && &*edge.edge.to == to) {
            return Some(edge.curve);
        }
        let (from, to) = (self.places.get(from)?, self.places.get(to)?);
        Some(Curve::between(from, to, 0.0, 0.0))
    }

    /// The middle of the nodes, from the left; nothing where no nodes are drawn.
    pub fn middle(&self) -> Option<f64> {
        let nodes = || self.places.iter().filter(|(key, _)| key.starts_with("node/")).map(|(_, place)| place);
        let left = nodes().map(|place| place.x).reduce(f64::min)?;
        let right = nodes().map(|place| place.x + place.w).reduce(f64::max)?;
        Some((left + right) / 2.0)
    }

    /// The card next to `key` in a direction (`dx`, `dy` of -1, 0 or 1), as arrow keys walk.
    pub fn neighbour(&self, key: &str, dx: f64, dy: f64) -> Option<&Str> {
        let here = handle(key, self.places.get(key)?);
        let candidates = self.places.iter().filter(|(other, _)| &***other != key);
        let scored = candidates.filter_map(|(other, rect)| {
            let there = handle(other, rect);
            let (x, y) = (there.x - here.x, there.y - here.y);
            let (along, aside) = (x * dx + y * dy, (x * dy).abs() + (y * dx).abs());
            (along > 4.0 && aside <= along * 3.0).then_some((other, along + aside * 2.0))
        });
        scored.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(other, _)| other)
    }
}

/// Which question the picture answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lens {
    /// Traffic from the left, control from the right.
    #[default]
    Traffic,
    /// Who owns whom: revisions as rows.
    Ownership,
    /// Which selector matches which labels.
    Labels,
}

impl Lens {
    /// All of them, in the order they are offered.
    pub const ALL: [Lens; 3] = [Lens::Traffic, Lens::Ownership, Lens::Labels];
}

/// The words above a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heading {
    /// What they say.
    pub kind: HeadingKind,
    /// Where they start, or end.
    pub x: f64,
    /// They end at `x`.
    pub end: bool,
}

/// What stands above a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadingKind {
    /// Clients and Services.
    Traffic,
    /// Pods on nodes.
    PodsOnNodes,
    /// Owners, at the right.
    Control,
    /// Deployments and other owners of owners.
    Owners,
    /// ReplicaSets and other owners of pods.
    Revisions,
    /// Pods.
    Pods,
    /// What selects.
    Selectors,
    /// What is selected.
    Labels,
}

/// Places every card of `graph` and runs the lines, as `lens` has it.
pub fn layout(graph: &GraphView, lens: Lens) -> Layout {
    match lens {
        Lens::Traffic => columns::layout(graph),
        Lens::Ownership => ownership::layout(graph),
        Lens::Labels => labels::layout(graph),
    }
}

/// Where a card is for the arrow keys: its middle, but a node's own line, because its pods stand in its middle.
fn handle(key: &str, place: &Rect) -> Point {
    let centre = place.centre();
    if key.starts_with("node/") { Point { y: place.y + 14.0, ..centre } } else { centre }
}

/// How much room a pod gets, by how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Density {
    /// Name, address, readiness.
    #[default]
    Full,
    /// The end of the name.
    Compact,
    /// A small square.
    Dot,
    /// Counted tiles per workload.
    Tiles,
}

#[cfg(test)]
mod tests;
