//! The lines: where each leaves and arrives, so that the lines of one card fan out and do not lie on each other.

use super::{Curve, Density, Layout, Rect};
use crate::base::Order;
use crate::base::Str;
use crate::view::model::Shared;
use crate::view::model::graph::{Edge, EdgeKind, GraphView};
use std::collections::{BTreeMap, BTreeSet};

/// The distance between two lines at the same card.
const STEP: f64 = 5.0;

/// A line and its way.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedEdge {
    /// What it says.
    pub edge: Shared<Edge>,
    /// Its way.
    pub curve: Curve,
}

/// A line with the cards it ends at.
struct Wire<'a> {
    edge: &'a Shared<Edge>,
    from: (Str, Rect),
    to: (Str, Rect),
}

/// Runs the lines of `graph` between the cards already placed. A line that would end at a key of `bundles` ends at its
/// value instead, once.
pub fn run(graph: &GraphView, layout: &Layout, bundles: &BTreeMap<Str, Str>) -> Vec<PlacedEdge> {
    let end = |key: &Str| {
        let key = bundles.get(key).unwrap_or(key);
        layout.places.get(key).map(|place| (key.clone(), *place))
    };
    let mut seen = BTreeSet::new();
    let mut wires: Vec<Wire> = Vec::new();
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (end(&edge.from), end(&edge.to)) else { continue };
        if seen.insert((from.0.clone(), to.0.clone(), rank(&edge.kind))) {
            wires.push(Wire { edge, from, to });
        }
    }
    wires.order_by_key(|wire| rank(&wire.edge.kind));
    let leaving = fan(wires.iter().map(|wire| (&wire.from, wire.to.1)));
    let arriving = fan(wires.iter().map(|wire| (&wire.to, wire.from.1)));
    let placed = wires.iter().zip(leaving.into_iter().zip(arriving));
    placed
        .map(|(wire, (leave, arrive))| PlacedEdge {
            edge: Shared::clone(wire.edge),
            curve: Curve::between(&wire.from.1, &wire.to.1, leave, arrive),
        })
        .collect()
}

/// How far from the middle of its side each line touches its card, so that the lines of one side lie beside each other
/// in the order of where they come from.
fn fan<'a>(ends: impl Iterator<Item = (&'a (Str, Rect), Rect)>) -> Vec<f64> {
    let ends: Vec<(&(Str, Rect), Rect)> = ends.collect();
    let mut sides: BTreeMap<(&str, bool), Vec<usize>> = BTreeMap::new();
    for (index, ((key, here), there)) in ends.iter().enumerate() {
        sides.entry((key, here.x <= there.x)).or_default().push(index);
    }
    let mut offsets = vec![0.0; ends.len()];
    let height_of = |index: &usize| ends[*index].1.centre().y;
    for mut side in sides.into_values() {
        side.order_by(|a, b| height_of(a).total_cmp(&height_of(b)));
        let last = side.len() - 1;
        let room = ends[side[0]].0.1.h * 0.6;
        let step = if last > 0 { STEP.min(room / last as f64) } else { 0.0 };
        for (place, index) in side.into_iter().enumerate() {
            offsets[index] = (place as f64 - last as f64 / 2.0) * step;
        }
    }
    offsets
}

/// What is drawn above what: ownership at the bottom, trouble on top.
fn rank(kind: &EdgeKind) -> u8 {
    match kind {
        EdgeKind::Owns => 0,
        EdgeKind::NotReady => 1,
        EdgeKind::Traffic => 2,
        EdgeKind::Broken(_) => 3,
    }
}

/// Where lines to a pod end instead, when pods are too small: at its node.
pub fn bundles(graph: &GraphView, density: Density) -> BTreeMap<Str, Str> {
    if density < Density::Compact {
        return BTreeMap::new();
    }
    graph.nodes.iter().flat_map(|node| node.pods.iter().map(move |pod| (pod.key.clone(), node.key.clone()))).collect()
}
