//! Which endpoints a node may use for a port.
//!
//! Models pkg/proxy/topology.go `CategorizeEndpoints`.

use super::{Endpoint, PortRules};
use crate::network::view::TrafficPolicy;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// For policy Cluster.
    pub cluster: Vec<usize>,
    /// For policy Local.
    pub local: Vec<usize>,
    /// Whether any endpoint anywhere could be used: otherwise packets are rejected.
    pub any: bool,
    /// Whether topology hints narrowed `cluster`.
    pub hints: Hints,
    /// Whether `cluster` fell back to pods that are going away.
    pub last_resort: bool,
}

/// Sorts the endpoints of a port for one node.
pub fn categorize(port: &PortRules, node: &str, zone: Option<&str>) -> Choice {
    let all = &port.endpoints;
    let going = |endpoint: &Endpoint| endpoint.serving && endpoint.terminating;
    let hints = hints(all, node, zone);
    let pick = |wanted: &dyn Fn(&Endpoint) -> bool| -> Vec<usize> {
        all.iter().enumerate().filter(|(_, endpoint)| wanted(endpoint)).map(|(i, _)| i).collect()
    };
    let is_local = |endpoint: &Endpoint| endpoint.node.as_deref() == Some(node);

    let mut cluster = pick(&|endpoint| endpoint.ready && allowed(endpoint, hints, node, zone));
    let last_resort = cluster.is_empty();
    if last_resort {
        cluster = pick(&going);
    }
    let mut local = pick(&|endpoint| endpoint.ready && is_local(endpoint));
    if local.is_empty() {
        local = pick(&|endpoint| going(endpoint) && is_local(endpoint));
    }
    let any = !cluster.is_empty() || all.iter().any(|endpoint| endpoint.ready || going(endpoint));
    Choice { cluster, local, any, hints, last_resort }
}

/// Hints count only if every ready endpoint has one and one of them is for us.
fn hints(all: &[Endpoint], node: &str, zone: Option<&str>) -> Hints {
    let ready = || all.iter().filter(|endpoint| endpoint.ready);
    if ready().next().is_none() {
        return Hints::Ignored;
    }
    if ready().all(|endpoint| !endpoint.for_nodes.is_empty())
        && ready().any(|endpoint| endpoint.for_nodes.iter().any(|hinted| **hinted == *node))
    {
        return Hints::Node;
    }
    let Some(zone) = zone.filter(|zone| !zone.is_empty()) else { return Hints::Ignored };
    if ready().all(|endpoint| !endpoint.for_zones.is_empty())
        && ready().any(|endpoint| endpoint.for_zones.iter().any(|hinted| **hinted == *zone))
    {
        return Hints::Zone;
    }
    Hints::Ignored
}

fn allowed(endpoint: &Endpoint, hints: Hints, node: &str, zone: Option<&str>) -> bool {
    match hints {
        Hints::Ignored => true,
        Hints::Node => endpoint.for_nodes.iter().any(|hinted| **hinted == *node),
        Hints::Zone => endpoint.for_zones.iter().any(|hinted| Some(&**hinted) == zone),
    }
}

/// How many ready endpoints the node itself has: what `healthCheckNodePort` tells a balancer.
///
/// Models pkg/proxy/healthcheck/service_health.go.
pub fn local_ready(ports: &[std::rc::Rc<PortRules>], node: &str) -> usize {
    ports
        .iter()
        .filter(|port| port.external == TrafficPolicy::Local)
        .map(|port| {
            port.endpoints.iter().filter(|one| one.ready && one.node.as_deref() == Some(node)).map(|one| one.at.ip())
        })
        .flat_map(|ips| ips.collect::<Vec<_>>())
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}
