//! The table of the scheduler for a pod: which nodes refuse it, and what the others are worth.

use super::card_key;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::base::Order;
use crate::msg;
use crate::scheduler::rate::Verdict;
use crate::scheduler::score::Points;
use crate::sim::World;
use crate::view::model::inspector::{NodeSays, NodesView};
use std::cmp::Reverse;

/// In larger clusters the scheduler itself looks at a part of the nodes only.
const MOST_NODES: usize = 100;

/// A row for each node, the best first; nothing for pods that have ended and in large clusters.
pub fn nodes(world: &World, pod: &Pod) -> Option<NodesView> {
    let store = world.api.store();
    if pod.is_terminal() || store.list(Kind::NODE, "").nth(MOST_NODES).is_some() {
        return None;
    }
    let mut table = world.controllers.scheduler.table(pod, store);
    let total = |verdict: &Verdict| verdict.rating.as_ref().map_or(-1, Points::total);
    table.order_by_key(|verdict| Reverse(total(verdict)));
    let most = table.first().map_or(1, total).max(1);
    let rows: Vec<NodeSays> = table.iter().map(|verdict| row(pod, verdict, most)).collect();
    let title = if pod.node_name.is_empty() { msg!("view.nodes-say") } else { msg!("view.nodes-say-now") };
    (!rows.is_empty()).then(|| NodesView { title: title.into(), rows })
}

fn row(pod: &Pod, Verdict { node, rating, because }: &Verdict, most: i64) -> NodeSays {
    let refusals = rating.as_ref().err().into_iter().flatten().map(|reason| reason.to_string().as_str().into());
    let total = rating.as_ref().map_or(0, Points::total);
    NodeSays {
        node: node.as_ref().into(),
        card: card_key(&Key::new(Kind::NODE, "", node.clone())),
        chosen: *node == pod.node_name,
        refusals: refusals.collect(),
        because: because.iter().cloned().map(Into::into).collect(),
        total,
        percent: u32::try_from(total * 100 / most).unwrap_or(0),
        points: rating.as_ref().map(by_plugin).unwrap_or_default(),
    }
}

/// Which plugins gave points, and how many.
fn by_plugin(points: &Points) -> Vec<(&'static str, i64)> {
    let all = [
        ("TaintToleration", points.taints),
        ("NodeAffinity", points.preference),
        ("PodTopologySpread", points.spread),
        ("InterPodAffinity", points.near),
        ("NodeResources", points.free),
    ];
    all.into_iter().filter(|(_, points)| *points > 0).collect()
}
