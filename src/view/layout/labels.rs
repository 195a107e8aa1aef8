//! The labels lens: selectors on one side, labels on the other, and lines where one matches the other. Pods with the same
//! labels are one card.

use super::columns::{MARGIN, TOP};
use super::{Density, Heading, HeadingKind, Layout, Rect, cards, wires};
use crate::base::Str;
use crate::view::model::Shared;
use crate::view::model::graph::{GraphView, OwnerColumn, PodCard};
use std::collections::BTreeMap;

/// Room between the two sides, for the lines.
const LANE: f64 = 190.0;
/// Room between cards.
const GAP: f64 = 34.0;
/// Width of the cards of labels.
const WIDTH: f64 = 250.0;
/// The distance between two chips.
pub const CHIP: f64 = 19.0;
/// Height of a card's name above its chips.
const NAME: f64 = 32.0;

/// Pods with the same labels. Its place is that of its first pod.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelGroup {
    /// The first of the pods.
    pub first: Shared<PodCard>,
    /// The keys of all of them.
    pub pods: Vec<Str>,
}

/// The groups, in the order of their first pods.
pub fn groups(graph: &GraphView) -> Vec<LabelGroup> {
    let mut groups: Vec<LabelGroup> = Vec::new();
    let mut known: BTreeMap<&Vec<Str>, usize> = BTreeMap::new();
    for pod in graph.nodes.iter().flat_map(|node| &node.pods).chain(&graph.unscheduled) {
        match known.get(&pod.labels).and_then(|index| groups.get_mut(*index)) {
            Some(group) => group.pods.push(pod.key.clone()),
            None => {
                known.insert(&pod.labels, groups.len());
                groups.push(LabelGroup { first: pod.clone(), pods: vec![pod.key.clone()] });
            }
        }
    }
    groups
}

/// Places what selects and what is selected.
pub fn layout(graph: &GraphView) -> Layout {
    let mut layout = Layout { density: Density::Full, ..Layout::default() };
    let height = |chips: usize| NAME + CHIP * chips.max(1) as f64 + 4.0;
    let services = graph.services.iter().map(|card| (&card.key, card.selector.len()));
    let owners = graph.owners.iter().filter(|card| card.column == OwnerColumn::Near);
    let owners = owners.map(|card| (&card.key, card.selector.len()));
    let groups = groups(graph);
    let labelled = groups.iter().map(|group| (&group.first.key, group.first.labels.len()));
    let mut column = |cards: &mut dyn Iterator<Item = (&Str, usize)>, x: f64| {
        let mut y = TOP;
        for (key, chips) in cards {
            let place = Rect { x, y, w: WIDTH, h: height(chips) };
            y = place.bottom() + GAP;
            layout.places.insert(key.clone(), place);
        }
        y
    };
    let right = MARGIN + WIDTH + LANE;
    let lowest = column(&mut services.chain(owners), MARGIN).max(column(&mut labelled.into_iter(), right));
    layout.headings = vec![
        Heading { kind: HeadingKind::Selectors, x: MARGIN, end: false },
        Heading { kind: HeadingKind::Labels, x: right, end: false },
    ];
    layout.width = right + WIDTH + MARGIN;
    layout.height = lowest.max(TOP + cards::CLIENT_HEIGHT) + MARGIN;
    let bundles: BTreeMap<Str, Str> =
        groups.iter().flat_map(|group| group.pods.iter().map(|pod| (pod.clone(), group.first.key.clone()))).collect();
    layout.edges = wires::run(graph, &layout, &bundles);
    layout
}

/// The cards that stand out when `pointed` is pointed at: a card's key, or `label/app=web` for all that select or bear it.
pub fn lit(graph: &GraphView, pointed: &str) -> Vec<Str> {
    let Some(pair) = pointed.strip_prefix("label/") else {
        let group = groups(graph).into_iter().find(|group| &*group.first.key == pointed);
        return group.map_or_else(|| vec![pointed.into()], |group| group.pods);
    };
    let has = |pairs: &[Str]| pairs.iter().any(|one| &**one == pair);
    let services = graph.services.iter().filter(|card| has(&card.selector)).map(|card| card.key.clone());
    let owners = graph.owners.iter().filter(|card| has(&card.selector)).map(|card| card.key.clone());
    let pods = groups(graph).into_iter().filter(|group| has(&group.first.labels)).flat_map(|group| group.pods);
    services.chain(owners).chain(pods).collect()
}
