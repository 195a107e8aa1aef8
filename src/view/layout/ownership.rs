//! The ownership lens: Deployments, their ReplicaSets as rows (newest revision first), and the pods of each beside it.

use super::columns::{MARGIN, Sized, TOP};
use super::{Density, Heading, HeadingKind, Layout, Rect, cards, nodes, wires};
use crate::base::Str;
use crate::view::model::Shared;
use crate::view::model::graph::{EdgeKind, GraphView, OwnerCard, OwnerColumn, PodCard};
use std::collections::BTreeMap;

/// Room between the columns, for the lines.
const LANE: f64 = 56.0;
/// Room between rows.
const GAP: f64 = 26.0;

/// Places owners and pods; clients, Services and nodes are not part of this picture.
pub fn layout(graph: &GraphView) -> Layout {
    let density = nodes::density(graph);
    let mut layout = Layout { density, ..Layout::default() };
    let near_x = MARGIN + cards::FAR_WIDTH + LANE;
    let pods_x = near_x + cards::NEAR_WIDTH + LANE;
    let mut pods: BTreeMap<&Str, Vec<&Shared<PodCard>>> = BTreeMap::new();
    let all = graph.nodes.iter().flat_map(|node| &node.pods).chain(&graph.unscheduled);
    let (owned, bare): (Vec<_>, Vec<_>) = all.partition(|pod| pod.owner.is_some());
    for pod in owned {
        pods.entry(pod.owner.as_ref().unwrap_or(&pod.key)).or_default().push(pod);
    }

    let mut rows = Rows { x: pods_x, right: pods_x + 180.0, first: BTreeMap::new() };
    let mut y = TOP;
    for owner in graph.owners.iter().filter(|owner| owner.column == OwnerColumn::Near) {
        let members = pods.remove(&owner.key).unwrap_or_default();
        let tile = graph.tiles.iter().find(|tile| tile.owner == owner.key);
        let beside = match tile {
            Some(tile) => {
                let place = Rect { x: pods_x, y, w: cards::TILE_WIDTH, h: cards::TILE_HEIGHT };
                layout.places.insert(tile.key.clone(), place);
                place.h
            }
            None => rows.place(&members, y, &mut layout),
        };
        let height = beside.max(cards::NEAR_HEIGHT);
        let place =
            Rect { x: near_x, y: y + (height - cards::NEAR_HEIGHT) / 2.0, w: cards::NEAR_WIDTH, h: cards::NEAR_HEIGHT };
        layout.places.insert(owner.key.clone(), place);
        y += height + GAP;
    }
    // Pods whose owner is not drawn, and pods that nobody owns.
    let rest: Vec<&Shared<PodCard>> = pods.into_values().flatten().chain(bare).collect();
    y += rows.place(&rest, y, &mut layout);
    y = far(graph, &mut layout).max(y);

    layout.headings = vec![
        Heading { kind: HeadingKind::Owners, x: MARGIN, end: false },
        Heading { kind: HeadingKind::Revisions, x: near_x, end: false },
        Heading { kind: HeadingKind::Pods, x: pods_x, end: false },
    ];
    layout.width = rows.right + MARGIN;
    layout.height = y + MARGIN;
    layout.edges = wires::run(graph, &layout, &rows.first);
    layout
}

/// The rows of pods.
struct Rows {
    /// Where they start.
    x: f64,
    /// How far they reach.
    right: f64,
    /// The first pod of each pod's row: there the line from its owner ends, so that no line runs behind pods.
    first: BTreeMap<Str, Str>,
}

impl Rows {
    /// Places the pods of one owner from `y` on; answers their height.
    fn place(&mut self, pods: &[&Shared<PodCard>], y: f64, layout: &mut Layout) -> f64 {
        let (w, h, gap, columns) = match layout.density {
            Density::Full => (176.0, 38.0, 10.0, 3),
            Density::Compact => (74.0, 22.0, 6.0, 8),
            Density::Dot | Density::Tiles => (13.0, 13.0, 4.0, 36),
        };
        for (row, members) in pods.chunks(columns).enumerate() {
            for (column, pod) in members.iter().enumerate() {
                let place = Rect { x: self.x + column as f64 * (w + gap), y: y + row as f64 * (h + gap), w, h };
                self.right = self.right.max(place.right());
                layout.places.insert(pod.key.clone(), place);
                self.first.insert(pod.key.clone(), members[0].key.clone());
            }
        }
        (pods.len().div_ceil(columns) as f64 * (h + gap) - gap).max(0.0)
    }
}

/// Each owner of owners stands beside the middle of what it owns, and below the one before; answers the lowest edge.
fn far(graph: &GraphView, layout: &mut Layout) -> f64 {
    let mut y = TOP;
    let owners = graph.owners.iter().filter(|owner: &&Shared<OwnerCard>| owner.column == OwnerColumn::Far);
    let cards: Vec<Sized> = owners.map(|owner| (owner.key.clone(), cards::FAR_HEIGHT)).collect();
    for (key, h) in cards {
        let owned = graph.edges.iter().filter(|edge| edge.from == key && edge.kind == EdgeKind::Owns);
        let middles: Vec<f64> = owned.filter_map(|edge| Some(layout.places.get(&edge.to)?.centre().y)).collect();
        let lowest = middles.iter().copied().fold(f64::MAX, f64::min);
        let highest = middles.iter().copied().fold(0.0, f64::max);
        let wanted = if middles.is_empty() { y } else { (lowest + highest - h) / 2.0 };
        let place = Rect { x: MARGIN, y: wanted.max(y), w: cards::FAR_WIDTH, h };
        y = place.bottom() + GAP;
        layout.places.insert(key, place);
    }
    y
}
