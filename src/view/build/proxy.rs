//! kube-proxy's rules and memory, as Inspect shows them: what each node does with packets for a Service, in plain words and
//! by the names of the chains, and which clients a node remembers.

use super::trace::pod_card;
use crate::base::Str;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::Family;
use crate::network::rules::choice::{Choice, categorize};
use crate::network::rules::{PortRules, names as chains};
use crate::network::view::{Key, NetView, NodeNet, ProxyMode, TrafficPolicy};
use crate::view::model::inspector::{FactView, SectionView};
use crate::view::model::{Text, Tone};
use std::net::SocketAddr;
use std::rc::Rc;

/// Endpoints, kinds of nodes and remembered clients are listed up to so many.
const MOST: usize = 20;

fn row(name: impl Into<Text>, value: impl Into<Text>, tone: Tone) -> FactView {
    FactView { name: name.into(), value: value.into(), code: true, tone, link: None }
}

fn words(message: crate::base::msg::Msg, tone: Tone) -> FactView {
    FactView { code: false, ..row("", message, tone) }
}

/// Nodes that do the same with packets for a port stand together.
fn alike<'a>(view: &'a NetView, key: &Key, port: usize) -> Vec<(Rc<PortRules>, Vec<&'a NodeNet>)> {
    let mut groups: Vec<(Rc<PortRules>, Vec<&NodeNet>)> = Vec::new();
    for node in view.nodes() {
        let Some(rules) = view.rules(&node.name).service(key).get(port) else { continue };
        let choice = choice_on(rules, node);
        let by_node = rules.internal == TrafficPolicy::Local || rules.external == TrafficPolicy::Local;
        let full = groups.len() >= MOST;
        let same = |(other, nodes): &&mut (Rc<PortRules>, Vec<&NodeNet>)| {
            let first = nodes.first().map(|first| choice_on(rules, first));
            let alike =
                first.is_some_and(|first| first.cluster == choice.cluster && (!by_node || first.local == choice.local));
            alike && (Rc::ptr_eq(other, rules) || other == rules)
        };
        match groups.iter_mut().find(same) {
            Some((_, nodes)) => nodes.push(node),
            None if full => {}
            None => groups.push((rules.clone(), vec![node])),
        }
    }
    groups
}

fn choice_on<'a>(rules: &'a PortRules, node: &NodeNet) -> Choice<'a> {
    categorize(rules, &node.name, node.zone.as_deref())
}

/// What the nodes do with packets for a Service.
pub fn of_service(view: &NetView, key: &Key) -> Vec<SectionView> {
    let ports = view.newest_rules().service(key).len();
    let groups = (0..ports).flat_map(|port| alike(view, key, port));
    groups.map(|(rules, nodes)| section(view, &rules, &nodes)).collect()
}

fn section(view: &NetView, rules: &PortRules, nodes: &[&NodeNet]) -> SectionView {
    let names: Vec<&str> = nodes.iter().take(MOST).map(|node| &*node.name).collect();
    let mode = view.config.proxy_mode;
    let said = if mode == ProxyMode::Nftables { "nftables" } else { "iptables" };
    let title = msg!("view.rules", port = rules.name, nodes = names.join(", "), mode = said);
    let mut facts = Vec::new();
    if let Some(node) = nodes.first() {
        let choice = choice_on(rules, node);
        facts.extend(entries(rules, mode));
        if rules.internal == TrafficPolicy::Cluster {
            let second = view.config.second.map(|second| second.pod_cidr);
            let pods = second.filter(|_| rules.family() == Family::V6).unwrap_or(view.config.pod_cidr);
            facts.push(words(msg!("view.rules-mark", pods = pods), Tone::Neutral));
        }
        if let Some(seconds) = rules.affinity {
            facts.push(words(msg!("view.rules-affinity", seconds = seconds), Tone::Neutral));
        }
        if rules.internal == TrafficPolicy::Cluster || rules.external == TrafficPolicy::Cluster {
            facts.extend(endpoints(rules, choice.cluster, choice.any, mode));
        }
        if rules.internal == TrafficPolicy::Local || rules.external == TrafficPolicy::Local {
            facts.push(words(msg!("view.rules-local"), Tone::Neutral));
            facts.extend(endpoints(rules, choice.local, choice.any, mode));
        }
    }
    SectionView { title: Some(title.into()), facts }
}

/// The addresses that lead to the port, and the chain that each leads into.
fn entries(rules: &PortRules, mode: ProxyMode) -> Vec<FactView> {
    let (name, protocol, port) = (&rules.name, rules.protocol, rules.port);
    let local = rules.internal == TrafficPolicy::Local;
    let (inside, outside) = match mode {
        ProxyMode::Iptables if local => (chains::local_chain(name, protocol), chains::external_chain(name, protocol)),
        ProxyMode::Iptables => (chains::service_chain(name, protocol), chains::external_chain(name, protocol)),
        ProxyMode::Nftables => {
            let kind = if local { "local" } else { "service" };
            (chains::nftables_chain(kind, name, protocol), chains::nftables_chain("external", name, protocol))
        }
    };
    let to = |address: String, chain: &str| row(address.as_str(), format!("→ {chain}").as_str(), Tone::Neutral);
    let own = std::iter::once(to(SocketAddr::new(rules.cluster_ip, port).to_string(), &inside));
    let others = rules.external_ips.iter().chain(&rules.balancer_ips);
    let others = others.map(|ip| to(SocketAddr::new(*ip, port).to_string(), &outside));
    let node_port = rules.node_port.map(|port| to(format!("nodePort {port}"), &outside));
    own.chain(others).chain(node_port).collect()
}

/// Where a packet may go, each with its chance.
fn endpoints(rules: &PortRules, list: &[u32], any: bool, mode: ProxyMode) -> Vec<FactView> {
    if list.is_empty() {
        let said = if any { msg!("view.rules-drop") } else { msg!("view.rules-reject") };
        return vec![words(said, Tone::Bad)];
    }
    let count = list.len();
    let shown = list.iter().take(MOST).filter_map(|i| rules.endpoints.get(*i as usize)).map(|endpoint| {
        let chain = match mode {
            ProxyMode::Iptables => chains::endpoint_chain(&rules.name, rules.protocol, endpoint.at),
            ProxyMode::Nftables => "dnat".to_owned(),
        };
        FactView {
            link: endpoint.pod.as_ref().map(pod_card),
            ..row(
                format!("1/{count}").as_str(),
                format!("{} · {chain}", endpoint.at).as_str(),
                if endpoint.ready { Tone::Ok } else { Tone::Pending },
            )
        }
    });
    let more = (count > MOST).then(|| words(msg!("view.rules-more", count = count - MOST), Tone::Neutral));
    shown.chain(more).collect()
}

/// How a node's proxy is doing, and which clients it remembers.
pub fn of_node(view: &NetView, name: &str) -> Vec<SectionView> {
    let Some(node) = view.node(name) else { return Vec::new() };
    let rules = view.rules(name).ports().count();
    let mut facts = vec![words(msg!("view.proxy-rules", count = rules), Tone::Neutral)];
    if view.is_held(name) {
        facts.push(words(msg!("view.proxy-held"), Tone::Bad));
    }
    let proxy = SectionView { title: Some("kube-proxy".into()), facts };
    let stuck = view.affinity.iter().filter(|(key, _)| key.node == node.name);
    let facts: Vec<FactView> = stuck
        .filter_map(|(key, seen)| {
            let ports = view.rules(name).service(&key.port.service);
            let timeout = ports.iter().find(|rules| rules.name == key.port)?.affinity?;
            let left = Duration::from_secs(u64::from(timeout)).checked_sub(view.now.since(*seen))?;
            let value = format!("{} → {} · {} s", key.port, key.endpoint, left.as_secs());
            Some(row(Str::from(key.client.to_string()), value.as_str(), Tone::Neutral))
        })
        .take(MOST)
        .collect();
    let affinity = (!facts.is_empty()).then(|| SectionView { title: Some(msg!("view.affinity").into()), facts });
    std::iter::once(proxy).chain(affinity).collect()
}
