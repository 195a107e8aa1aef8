//! Which nodes can take a pod at all.

use super::affinity::Rule;
use super::explain::Reason;
use super::fit::{self, Capacity, Resources};
use super::node_selector::NodeAffinity;
use super::spread::Constraint;
use super::taints::{Effect, Taint, Toleration, untolerated};
use super::volumes::Volumes;
use crate::api::meta::Labels;
use crate::base::Str;
use std::collections::BTreeSet;

/// A port of the node that a container wants for itself: address (`0.0.0.0` for all), protocol, number.
pub type HostPort = (Str, Str, i32);

/// What scheduling has to know of a node.
#[derive(Clone, Debug, Default)]
pub struct NodeInfo {
    /// Its name.
    pub name: Str,
    /// Its labels.
    pub labels: Labels,
    /// Its zone, one of its labels.
    pub zone: Option<Str>,
    /// The number of its zone.
    pub zone_number: Option<u32>,
    /// Whether it has the label with its own name, by which pods are spread.
    pub has_hostname: bool,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// What it has and what is taken.
    pub capacity: Capacity,
    /// What is taken as scoring sees it: pods without requests count as small ones.
    pub scored: Resources,
    /// The host ports in use.
    pub host_ports: BTreeSet<HostPort>,
}

impl NodeInfo {
    /// Counts a pod on the node, or (-1) takes it off again.
    pub fn count(&mut self, pod: &PodInfo, times: i64) {
        self.capacity.requested.add(&pod.requests, times);
        self.scored.add(&pod.scored, times);
        self.capacity.pods += times;
        for port in &pod.host_ports {
            match times {
                1 => self.host_ports.insert(port.clone()),
                _ => self.host_ports.remove(port),
            };
        }
    }
}

/// What scheduling has to know of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodInfo {
    /// The node that it names itself, usually none.
    pub node_name: Option<Str>,
    /// What it requests.
    pub requests: Resources,
    /// What it requests as scoring sees it.
    pub scored: Resources,
    /// What it tolerates.
    pub tolerations: Vec<Toleration>,
    /// Which nodes it asks for.
    pub affinity: NodeAffinity,
    /// The host ports that it wants.
    pub host_ports: Vec<HostPort>,
}

/// What other pods and its volumes mean for a pod: counted once per pod, asked for each node.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Its hard topology spread constraints.
    pub spread: Vec<Constraint>,
    /// Affinity and anti-affinity, its own and that of others.
    pub affinity: Vec<Rule>,
    /// Its claims.
    pub volumes: Volumes,
}

impl Neighbours {
    /// Whether they mean nothing.
    pub fn is_empty(&self) -> bool {
        self.spread.is_empty() && self.affinity.is_empty() && self.volumes.is_empty()
    }
}

/// Why the node cannot take the pod; empty when it can. Only the first filter that objects is heard.
///
/// Models the filter plugins of `pkg/scheduler/apis/config/v1/default_plugins.go`, in their order.
pub fn objections(pod: &PodInfo, neighbours: &Neighbours, node: &NodeInfo) -> Vec<Reason> {
    if let Some(what) = &neighbours.volumes.refused {
        return vec![Reason::Claims(what.clone())];
    }
    let first = || {
        let tolerates_cordon = || {
            let key = "node.kubernetes.io/unschedulable".into();
            let cordon = Taint { key, value: "".into(), effect: Effect::NoSchedule };
            pod.tolerations.iter().any(|toleration| toleration.tolerates(&cordon))
        };
        if node.unschedulable && !tolerates_cordon() {
            return Some(Reason::Unschedulable);
        }
        if pod.node_name.as_ref().is_some_and(|name| *name != node.name) {
            return Some(Reason::NodeName);
        }
        if untolerated(&node.taints, &pod.tolerations, |effect| effect != Effect::PreferNoSchedule).next().is_some() {
            return Some(Reason::Taint);
        }
        if !pod.affinity.matches(&node.name, &node.labels) {
            return Some(Reason::NodeAffinity);
        }
        pod.host_ports.iter().any(|wanted| conflict(wanted, &node.host_ports).is_some()).then_some(Reason::Ports)
    };
    if let Some(reason) = first() {
        return vec![reason];
    }
    let missing = fit::missing(&pod.requests, &node.capacity);
    if !missing.is_empty() {
        return missing;
    }
    let unreachable = neighbours.volumes.objections(node);
    if !unreachable.is_empty() {
        return unreachable;
    }
    let spread = neighbours.spread.iter().find_map(|constraint| constraint.objection(&node.labels));
    let affinity = || neighbours.affinity.iter().find_map(|rule| rule.objection(&node.labels));
    spread.or_else(affinity).into_iter().collect()
}

/// The port that a wanted one conflicts with: number and protocol agree, and one of the addresses is that of all interfaces or both
/// agree.
pub fn conflict<'a>(wanted: &HostPort, used: &'a BTreeSet<HostPort>) -> Option<&'a HostPort> {
    let all = |address: &str| address == "0.0.0.0" || address.is_empty();
    used.iter().find(|(address, protocol, port)| {
        (protocol, port) == (&wanted.1, &wanted.2) && (all(address) || all(&wanted.0) || *address == wanted.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> NodeInfo {
        let capacity = Capacity {
            allocatable: Resources { milli_cpu: 2000, memory: 1 << 30, ..Resources::default() },
            allowed_pods: 110,
            ..Capacity::default()
        };
        let labels = [("disk", "ssd")].into_iter().collect();
        NodeInfo { name: "node-1".into(), labels, capacity, ..NodeInfo::default() }
    }

    fn says(pod: &PodInfo, node: &NodeInfo) -> String {
        objections(pod, &Neighbours::default(), node).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn objects() {
        let pod = PodInfo::default;
        let selector = |value: &str| NodeAffinity {
            selector: std::collections::BTreeMap::from([("disk".into(), value.into())]),
            ..NodeAffinity::default()
        };
        let taint = |effect| vec![Taint { key: "k".into(), value: "v".into(), effect }];
        let tolerate = |key: &str| vec![Toleration { key: key.into(), exists: true, value: "".into(), effect: None }];
        let port = |address: &str| (Str::from(address), Str::from("TCP"), 80);
        let cpu = |milli_cpu| Resources { milli_cpu, ..Resources::default() };
        let table = [
            ("empty", pod(), node(), ""),
            ("cordoned", pod(), NodeInfo { unschedulable: true, ..node() }, "node(s) were unschedulable"),
            (
                "cordon tolerated",
                PodInfo { tolerations: tolerate("node.kubernetes.io/unschedulable"), ..pod() },
                NodeInfo { unschedulable: true, ..node() },
                "",
            ),
            (
                "other node named",
                PodInfo { node_name: Some("node-2".into()), ..pod() },
                node(),
                "node(s) didn't match the requested node name",
            ),
            (
                "taint",
                pod(),
                NodeInfo { taints: taint(Effect::NoExecute), ..node() },
                "node(s) had untolerated taint(s)",
            ),
            ("soft taint", pod(), NodeInfo { taints: taint(Effect::PreferNoSchedule), ..node() }, ""),
            (
                "taint tolerated",
                PodInfo { tolerations: tolerate("k"), ..pod() },
                NodeInfo { taints: taint(Effect::NoSchedule), ..node() },
                "",
            ),
            ("selector holds", PodInfo { affinity: selector("ssd"), ..pod() }, node(), ""),
            (
                "selector does not hold; nothing more is said",
                PodInfo { affinity: selector("hdd"), requests: cpu(9000), ..pod() },
                node(),
                "node(s) didn't match Pod's node affinity/selector",
            ),
            (
                "host port",
                PodInfo { host_ports: vec![port("127.0.0.1")], ..pod() },
                NodeInfo { host_ports: BTreeSet::from([port("0.0.0.0")]), ..node() },
                "node(s) didn't have free ports for the requested pod ports",
            ),
            (
                "host port on another address",
                PodInfo { host_ports: vec![port("10.0.0.1")], ..pod() },
                NodeInfo { host_ports: BTreeSet::from([port("10.0.0.2")]), ..node() },
                "",
            ),
            ("too big", PodInfo { requests: cpu(9000), ..pod() }, node(), "Insufficient cpu"),
        ];
        for (name, pod, node, expected) in table {
            assert_eq!(says(&pod, &node), expected, "{name}");
        }
    }
}
