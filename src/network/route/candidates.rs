//! For every endpoint of a Service: could it have been chosen, and if not, why not.

use super::Matched;
use crate::base::Str;
use crate::base::msg::Msg;
use crate::msg;
use crate::network::rules::Endpoint;
use crate::network::rules::choice::{Choice, Hints, categorize};
use crate::network::view::{Key, NetView, Phase, PodNet};
use std::net::SocketAddr;

/// Whether an endpoint could be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was.
    Chosen,
    /// It could have been.
    Eligible,
    /// It does not pass its readiness probe, or does not run.
    NotReady,
    /// It is going away.
    Terminating,
    /// It is on another node, and the policy is Local.
    OtherNode,
    /// Topology hints give it to others.
    Hinted,
    /// It has no port of that name.
    NoPort,
}

/// One endpoint and its verdict.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its address; the port is 0 when it has none of that name.
    pub at: SocketAddr,
    /// Its pod.
    pub pod: Option<Key>,
    /// Its node.
    pub node: Option<Str>,
    /// Whether it could be chosen.
    pub verdict: Verdict,
    /// The same in a sentence.
    pub why: Msg,
    /// The probability with which it is chosen.
    pub chance: f64,
}

/// The verdicts for all endpoints of the port, and for those that lack it.
pub(super) fn list(view: &NetView, matched: &Matched, limit: usize) -> Vec<Candidate> {
    let Matched { rules, node, local_only, chosen, .. } = matched;
    let choice = categorize(rules, &node.name, node.zone.as_deref());
    let eligible = if *local_only { choice.local } else { choice.cluster };
    let chance = if eligible.is_empty() { 0.0 } else { 1.0 / eligible.len() as f64 };
    let mut found: Vec<Candidate> = rules
        .endpoints
        .iter()
        .enumerate()
        .filter(|(i, _)| *i < limit || *chosen == Some(*i))
        .map(|(i, endpoint)| {
            let able = eligible.binary_search(&(i as u32)).is_ok();
            let (verdict, why) = match able {
                true => {
                    let last_resort = !endpoint.ready;
                    let why =
                        if last_resort { msg!("net.candidate.last-resort") } else { msg!("net.candidate.eligible") };
                    (if *chosen == Some(i) { Verdict::Chosen } else { Verdict::Eligible }, why)
                }
                false => verdict(view, matched, &choice, endpoint),
            };
            Candidate {
                at: endpoint.at,
                pod: endpoint.pod.clone(),
                node: endpoint.node.clone(),
                verdict,
                why,
                chance: if able { chance } else { 0.0 },
            }
        })
        .collect();
    for slice in view.slices_of(&rules.name.service) {
        for endpoint in &slice.endpoints {
            let Some(ip) = endpoint.addresses.first() else { continue };
            if found.len() >= limit || rules.endpoints.iter().any(|known| known.at.ip() == *ip) {
                continue;
            }
            found.push(Candidate {
                at: SocketAddr::new(*ip, 0),
                pod: endpoint.pod.clone(),
                node: endpoint.node.clone(),
                verdict: Verdict::NoPort,
                why: msg!("net.candidate.no-port", port = rules.name.port),
                chance: 0.0,
            });
        }
    }
    found
}

/// Why an endpoint could not be chosen.
fn verdict(view: &NetView, matched: &Matched, choice: &Choice<'_>, endpoint: &Endpoint) -> (Verdict, Msg) {
    if endpoint.terminating {
        return (Verdict::Terminating, msg!("net.candidate.terminating"));
    }
    if !endpoint.ready {
        let pod = endpoint.pod.as_ref().and_then(|key| view.pod(key));
        return (
            Verdict::NotReady,
            pod.map_or_else(|| msg!("net.candidate.not-ready"), |pod| why_not_ready(view, pod)),
        );
    }
    if matched.local_only {
        let node = endpoint.node.as_deref().unwrap_or("?");
        return (Verdict::OtherNode, msg!("net.candidate.other-node", node = node, here = matched.node.name));
    }
    match choice.hints {
        Hints::Node => (Verdict::Hinted, msg!("net.candidate.hinted-node")),
        Hints::Zone | Hints::Ignored => {
            (Verdict::Hinted, msg!("net.candidate.hinted-zone", zone = endpoint.zone.as_deref().unwrap_or("?")))
        }
    }
}

/// Why a pod is not ready, in a sentence.
pub fn why_not_ready(view: &NetView, pod: &PodNet) -> Msg {
    if let Some(why) = &pod.why_not_ready {
        return why.clone();
    }
    let waiting = pod.containers.iter().find_map(|container| container.waiting.as_deref().map(|why| (container, why)));
    let node = pod.node.as_deref().and_then(|node| view.node(node));
    match (pod.phase, node, waiting) {
        _ if pod.terminating => msg!("net.candidate.terminating"),
        (Phase::Failed | Phase::Succeeded, ..) => msg!("net.why.ended"),
        (_, Some(node), _) if !node.ready => msg!("net.why.node-not-ready", node = node.name),
        (_, None, _) if pod.node.is_none() => msg!("net.why.not-scheduled"),
        (_, _, Some((container, why))) => msg!("net.why.waiting", container = container.name, reason = why),
        (Phase::Pending, ..) => msg!("net.why.starting"),
        _ if pod.ready => msg!("net.why.rules-late"),
        _ => msg!("net.why.probe"),
    }
}
