//! The rule that nearly allowed a connection: most often a port, a label or a namespace is missing.

use super::{Call, Peer, PolicyNet, PortNumber, Rule};
use crate::base::Str;
use crate::network::diagnose::nearest;
use crate::network::view::{NetView, PodNet};
use std::rc::Rc;

/// Why a rule did not allow a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Miss {
    /// It allows the other end, but not on this port.
    Port,
    /// It selects pods by another label: what it wants, and what the other end has.
    Label((Str, Str), (Str, Str)),
    /// The labels fit, but without a `namespaceSelector` it means pods of its own namespace.
    OwnNamespace,
    /// The pod's labels would fit, but those of its namespace do not.
    Namespace,
    /// The other end lies in an `except`.
    Except,
    /// The other end is no pod (or is hidden behind a node's address), and the rule allows pods only.
    NoPod,
    /// It allows others.
    Other,
    /// There is no rule: nobody is allowed.
    NoRules,
}

impl Miss {
    /// Smaller is nearer.
    fn rank(&self) -> u8 {
        match self {
            Miss::Port => 0,
            Miss::OwnNamespace => 1,
            Miss::Label(..) => 2,
            Miss::Namespace | Miss::Except => 3,
            Miss::NoPod => 4,
            Miss::Other => 5,
            Miss::NoRules => 6,
        }
    }
}

/// A rule that did not allow a connection, and how it missed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The policy.
    pub policy: Rc<PolicyNet>,
    /// Which rule, and which peer of it: 0 where there is none.
    pub rule: usize,
    /// Which peer of the rule.
    pub peer: usize,
    /// How it missed.
    pub miss: Miss,
    /// Whether the port would have been right.
    pub port_fits: bool,
}

/// The rule that comes nearest to allowing a connection that these policies denied.
pub fn nearest_rule(view: &NetView, pod: &PodNet, call: &Call<'_>, denying: &[Rc<PolicyNet>]) -> Option<Near> {
    let mut found: Vec<Near> = Vec::new();
    for policy in denying {
        let near = |rule, peer, miss, port_fits| Near { policy: policy.clone(), rule, peer, miss, port_fits };
        let rules = policy.rules(call.direction).unwrap_or_default();
        if rules.is_empty() {
            found.push(near(0, 0, Miss::NoRules, false));
        }
        for (at, rule) in rules.iter().enumerate() {
            let port_fits = rule.admits_port(pod, call);
            if rule.admits_peer(view, policy, call) {
                found.push(near(at, 0, Miss::Port, port_fits));
                continue;
            }
            for (place, peer) in rule.peers.iter().enumerate() {
                found.push(near(at, place, miss(view, policy, peer, call), port_fits));
            }
        }
    }
    found.into_iter().min_by_key(|near| (near.miss.rank(), !near.port_fits))
}

fn miss(view: &NetView, policy: &PolicyNet, peer: &Peer, call: &Call<'_>) -> Miss {
    let Peer::Pods(pods, namespaces) = peer else {
        return match peer {
            Peer::Block(block, _) if block.contains(call.ip) => Miss::Except,
            _ => Miss::Other,
        };
    };
    let Some(other) = call.peer else { return Miss::NoPod };
    let fits = pods.as_ref().is_none_or(|selector| selector.fits(&other.labels));
    let there = match namespaces {
        Some(selector) => view.namespace_labels(&other.key.namespace).is_some_and(|labels| selector.fits(labels)),
        None => other.key.namespace == policy.key.namespace,
    };
    match (fits, there, pods) {
        (true, false, _) if namespaces.is_none() => Miss::OwnNamespace,
        (true, false, _) => Miss::Namespace,
        (false, true, Some(selector)) => {
            let nearest = nearest(&selector.match_labels, [(&other.key, &other.labels)]);
            match nearest.and_then(|near| Some((near.wanted, near.found?))) {
                Some((wanted, found)) => Miss::Label(wanted, found),
                None => Miss::Other,
            }
        }
        _ => Miss::Other,
    }
}

impl Rule {
    /// The ports as a person would name them: `80`, `8000-8080`, `http`, each with the protocol if it is not TCP.
    pub fn port_names(&self) -> Vec<String> {
        let name = |port: &super::Port| {
            let number = match &port.number {
                None => "*".to_owned(),
                Some(PortNumber::Range(first, last)) if first == last => first.to_string(),
                Some(PortNumber::Range(first, last)) => format!("{first}-{last}"),
                Some(PortNumber::Name(name)) => name.to_string(),
            };
            format!("{number}/{}", port.protocol.upper())
        };
        self.ports.iter().map(name).collect()
    }
}
