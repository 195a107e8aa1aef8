//! What NetworkPolicies allow: [`PolicyNet`] is a policy as the network reads it, [`judge`] its word on one connection.
//!
//! A pod that some policy selects for a direction is isolated in that direction: only what some rule of some such policy
//! allows comes through. Answers to what was allowed always do. Where packets are looked at, and what is never looked at
//! (a pod's own node, the pod itself), is [`super::route`]'s matter.

mod near;
mod read;

pub use near::{Miss, Near, nearest_rule};

use super::addr::{Cidr, Protocol};
use super::view::{Key, NetView, PodNet};
use crate::api::selector::LabelSelector;
use crate::base::Str;
use std::net::IpAddr;
use std::rc::Rc;

/// Into a pod or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the pod.
    Ingress,
    /// Out of the pod.
    Egress,
}

impl Direction {
    /// The field of the policy's `spec` with the rules.
    pub fn rules(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }

    /// The field of a rule with the peers.
    pub fn peers(self) -> &'static str {
        match self {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        }
    }
}

/// A NetworkPolicy.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyNet {
    /// Namespace and name.
    pub key: Key,
    /// The pods of its namespace that it selects.
    pub pods: LabelSelector,
    /// Rules for what comes in; `None` when it does not speak of that direction.
    pub ingress: Option<Vec<Rule>>,
    /// Rules for what goes out; `None` when it does not speak of that direction.
    pub egress: Option<Vec<Rule>>,
}

/// A rule: whom it allows, and on which ports.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Whom; empty is everybody.
    pub peers: Vec<Peer>,
    /// Where; empty is every port.
    pub ports: Vec<Port>,
}

/// Somebody whom a rule allows.
#[derive(Clone, Debug, PartialEq)]
pub enum Peer {
    /// `ipBlock`: addresses, without some of them.
    Block(Cidr, Vec<Cidr>),
    /// Pods: those that `podSelector` selects (`None`: all), of the namespaces that `namespaceSelector` selects (`None`: the
    /// policy's own).
    Pods(Option<LabelSelector>, Option<LabelSelector>),
}

/// A port that a rule allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// Which; `None` is every port of the protocol.
    pub number: Option<PortNumber>,
}

/// Which port.
#[derive(Clone, Debug, PartialEq)]
pub enum PortNumber {
    /// Numbers, both ends included (`port` and `endPort`).
    Range(u16, u16),
    /// A container port of the receiving pod by its name.
    Name(Str),
}

/// One connection as a policy sees it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Into or out of the pod that is judged.
    pub direction: Direction,
    /// The address at the other end.
    pub ip: IpAddr,
    /// The pod at the other end, if it is one (pods in a host network are addresses).
    pub peer: Option<&'a PodNet>,
    /// The protocol; `None` for a ping.
    pub protocol: Option<Protocol>,
    /// The port that is called.
    pub port: u16,
}

/// What the policies say of a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Ruling {
    /// No policy isolates the pod in this direction.
    Open,
    /// A rule of a policy allows it: which policy, which rule.
    Allowed(Rc<PolicyNet>, usize),
    /// These policies isolate the pod, and no rule of them allows it.
    Denied(Vec<Rc<PolicyNet>>),
}

impl PolicyNet {
    /// The rules for a direction.
    pub fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }
}

impl Peer {
    fn admits(&self, view: &NetView, policy: &PolicyNet, call: &Call<'_>) -> bool {
        match self {
            Peer::Block(block, except) => block.contains(call.ip) && !except.iter().any(|hole| hole.contains(call.ip)),
            Peer::Pods(pods, namespaces) => call.peer.is_some_and(|peer| {
                let namespace = &peer.key.namespace;
                let there = match namespaces {
                    Some(selector) => view.namespace_labels(namespace).is_some_and(|labels| selector.fits(labels)),
                    None => *namespace == policy.key.namespace,
                };
                there && pods.as_ref().is_none_or(|selector| selector.fits(&peer.labels))
            }),
        }
    }
}

impl Port {
    /// Whether the port is that of the connection; names are those of the pod that is called.
    fn admits(&self, pod: &PodNet, call: &Call<'_>) -> bool {
        let called = match call.direction {
            Direction::Ingress => Some(pod),
            Direction::Egress => call.peer,
        };
        Some(self.protocol) == call.protocol
            && match &self.number {
                None => true,
                Some(PortNumber::Range(first, last)) => (*first..=*last).contains(&call.port),
                Some(PortNumber::Name(name)) => called.is_some_and(|pod| {
                    let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
                    ports.any(|port| port.name == *name && port.protocol == self.protocol && port.port == call.port)
                }),
            }
    }
}

impl Rule {
    fn admits_peer(&self, view: &NetView, policy: &PolicyNet, call: &Call<'_>) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|peer| peer.admits(view, policy, call))
    }

    fn admits_port(&self, pod: &PodNet, call: &Call<'_>) -> bool {
        self.ports.is_empty() || self.ports.iter().any(|port| port.admits(pod, call))
    }
}

/// The policies that isolate a pod in a direction.
pub fn isolating<'a>(
    view: &'a NetView,
    pod: &'a PodNet,
    direction: Direction,
) -> impl Iterator<Item = &'a Rc<PolicyNet>> {
    view.policies_in(&pod.key.namespace)
        .filter(move |policy| !pod.host_network && policy.rules(direction).is_some() && policy.pods.fits(&pod.labels))
}

/// What the policies that select `pod` say of a connection.
pub fn judge(view: &NetView, pod: &PodNet, call: &Call<'_>) -> Ruling {
    let mut denying = Vec::new();
    for policy in isolating(view, pod, call.direction) {
        let rules = policy.rules(call.direction).unwrap_or_default();
        let allows = |rule: &Rule| rule.admits_peer(view, policy, call) && rule.admits_port(pod, call);
        match rules.iter().position(allows) {
            Some(rule) => return Ruling::Allowed(policy.clone(), rule),
            None => denying.push(policy.clone()),
        }
    }
    if denying.is_empty() { Ruling::Open } else { Ruling::Denied(denying) }
}
