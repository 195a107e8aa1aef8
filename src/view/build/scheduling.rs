//! The table of the scheduler for a pod: which nodes refuse it, and what the others are worth.

use super::card_key;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::base::Order;
use crate::msg;
use crate::scheduler::rate::Verdict;
use crate::scheduler::score::Points;
use crate::sim::World;
use crate::view::model::Tone;
use crate::view::model::inspector::{FactView, SectionView};
use std::cmp::Reverse;

/// In larger clusters the scheduler itself looks at a part of the nodes only.
const MOST_NODES: usize = 100;

/// A row for each node, the best first; nothing for pods that have ended and in large clusters.
pub fn section(world: &World, pod: &Pod) -> Option<SectionView> {
    let store = world.api.store();
    if pod.is_terminal() || store.list(Kind::NODE, "").nth(MOST_NODES).is_some() {
        return None;
    }
    let mut table = world.controllers.scheduler.table(pod, store);
    table.order_by_key(|verdict| Reverse(verdict.rating.as_ref().map_or(-1, Points::total)));
    let facts: Vec<FactView> = table.iter().map(|verdict| row(pod, verdict)).collect();
    let title = if pod.node_name.is_empty() { msg!("view.nodes-say") } else { msg!("view.nodes-say-now") };
    (!facts.is_empty()).then(|| SectionView { title: Some(title.into()), facts })
}

fn row(pod: &Pod, Verdict { node, rating }: &Verdict) -> FactView {
    let (value, tone) = match rating {
        Ok(points) => (said(points), if *node == pod.node_name { Tone::Ok } else { Tone::Neutral }),
        Err(reasons) => (reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "), Tone::Bad),
    };
    let link = Some(card_key(&Key::new(Kind::NODE, "", node.clone())));
    FactView { name: node.as_ref().into(), value: value.as_str().into(), code: false, tone, link }
}

/// The total, and which plugins gave how much of it.
fn said(points: &Points) -> String {
    let parts = [
        ("TaintToleration", points.taints),
        ("NodeAffinity", points.preference),
        ("PodTopologySpread", points.spread),
        ("InterPodAffinity", points.near),
        ("NodeResources", points.free),
    ];
    let parts = parts.iter().filter(|(_, points)| *points > 0).map(|(plugin, points)| format!("{plugin} {points}"));
    format!("{} = {}", points.total(), parts.collect::<Vec<_>>().join(" + "))
}
