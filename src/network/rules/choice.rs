//! Which endpoints a node may use for a port.
//!
//! Models pkg/proxy/topology.go `CategorizeEndpoints`.

use super::{Endpoint, PortRules};
use crate::base::Str;
use crate::network::view::TrafficPolicy;
use std::collections::BTreeMap;

/// Why only a part of the endpoints is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hints {
    /// All of them are.
    Ignored,
    /// Only those hinted to this node.
    Node,
    /// Only those hinted to this zone.
    Zone,
}

/// The endpoints that a node may use, as indexes into [`PortRules::endpoints`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// For policy Cluster.
    pub cluster: &'a [u32],
    /// For policy Local.
    pub local: &'a [u32],
    /// Whether any endpoint anywhere could be used: otherwise packets are rejected.
    pub any: bool,
    /// Whether topology hints narrowed `cluster`.
    pub hints: Hints,
    /// Whether `cluster` fell back to pods that are going away.
    pub last_resort: bool,
}

/// The endpoints of a port by who may use them, as indexes: sorted once when the rules are written, for every node and zone
/// at once, so that a packet only looks its list up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    ready: Vec<u32>,
    /// Those that still serve while they go away.
    going: Vec<u32>,
    /// By node: its ready ones; where it has none, those that are going away.
    local: BTreeMap<Str, Vec<u32>>,
    /// By the node they are hinted to; empty unless every ready endpoint has such a hint.
    for_nodes: BTreeMap<Str, Vec<u32>>,
    /// The same by zone.
    for_zones: BTreeMap<Str, Vec<u32>>,
}

impl Groups {
    /// Sorts the endpoints of a port.
    pub fn of(endpoints: &[Endpoint]) -> Groups {
        let mut groups = Groups::default();
        let mut going_on: BTreeMap<Str, Vec<u32>> = BTreeMap::new();
        for (i, endpoint) in (0..).zip(endpoints) {
            let (list, by_node) = match (endpoint.ready, endpoint.serving && endpoint.terminating) {
                (true, _) => (&mut groups.ready, &mut groups.local),
                (false, true) => (&mut groups.going, &mut going_on),
                (false, false) => continue,
            };
            list.push(i);
            if let Some(node) = &endpoint.node {
                push(by_node, node, i);
            }
        }
        for (node, list) in going_on {
            groups.local.entry(node).or_insert(list);
        }
        groups.for_nodes = hinted(endpoints, &groups.ready, |endpoint| &endpoint.for_nodes);
        groups.for_zones = hinted(endpoints, &groups.ready, |endpoint| &endpoint.for_zones);
        groups
    }

    /// The endpoints that are ready.
    pub fn ready(&self) -> &[u32] {
        &self.ready
    }
}

fn push(lists: &mut BTreeMap<Str, Vec<u32>>, key: &Str, i: u32) {
    match lists.get_mut(key) {
        Some(list) => list.push(i),
        None => {
            lists.insert(key.clone(), vec![i]);
        }
    }
}

/// Hints count only if every ready endpoint has one.
fn hinted(all: &[Endpoint], ready: &[u32], hints: fn(&Endpoint) -> &Vec<Str>) -> BTreeMap<Str, Vec<u32>> {
    let mut lists = BTreeMap::new();
    for i in ready {
        let Some(wanted) = all.get(*i as usize).map(hints).filter(|wanted| !wanted.is_empty()) else {
            return BTreeMap::new();
        };
        for name in wanted {
            push(&mut lists, name, *i);
        }
    }
    lists
}

/// The lists of a port for one node.
pub fn categorize<'a>(port: &'a PortRules, node: &str, zone: Option<&str>) -> Choice<'a> {
    let groups = &port.groups;
    let by_zone = || zone.filter(|zone| !zone.is_empty()).and_then(|zone| groups.for_zones.get(zone));
    let (hints, mut cluster) = match groups.for_nodes.get(node) {
        Some(list) => (Hints::Node, list),
        None => by_zone().map_or((Hints::Ignored, &groups.ready), |list| (Hints::Zone, list)),
    };
    let last_resort = cluster.is_empty();
    if last_resort {
        cluster = &groups.going;
    }
    let local = groups.local.get(node).map_or(&[][..], |list| list);
    let any = !groups.ready.is_empty() || !groups.going.is_empty();
    Choice { cluster, local, any, hints, last_resort }
}

/// How many ready endpoints the node itself has: what `healthCheckNodePort` tells a balancer. Of two proxiers, one for each
/// family, the first has the port.
///
/// Models pkg/proxy/healthcheck/service_health.go.
pub fn local_ready(ports: &[std::rc::Rc<PortRules>], node: &str) -> usize {
    let first = ports.first().map(|port| port.family());
    let local = ports.iter().filter(|port| port.external == TrafficPolicy::Local && Some(port.family()) == first);
    local
        .flat_map(|port| {
            let here = port.groups.local.get(node).into_iter().flatten();
            here.filter_map(|i| port.endpoints.get(*i as usize)).filter(|one| one.ready).map(|one| one.at.ip())
        })
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}
