//! What stands before Services and pods: Ingresses, which let requests in, and NetworkPolicies, which keep some out.

use super::card_key;
use super::services;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod, Service};
use crate::apiserver::Store;
use crate::base::msg::Msg;
use crate::base::{Str, Value};
use crate::msg;
use crate::network::ingress::{IngressNet, NotMine};
use crate::network::policy::{Direction, Peer, PolicyNet};
use crate::view::model::Tone;
use crate::view::model::graph::{Edge, EdgeKind, IngressCard};
use std::collections::BTreeSet;

/// A policy's lines are drawn to so many pods.
const GUARDED: usize = 60;

/// The cards of a namespace (of all, when it is empty) and their lines; lines to pods only when pods are drawn.
pub fn build(store: &Store, namespace: &str, with_pods: bool) -> (Vec<IngressCard>, Vec<Edge>) {
    let (mut cards, mut edges) = (Vec::new(), Vec::new());
    for object in store.list(Kind::INGRESS, namespace) {
        cards.extend(ingress(store, object, &mut edges));
    }
    for object in store.list(Kind::NETWORK_POLICY, namespace) {
        cards.extend(policy(store, object, with_pods, &mut edges));
    }
    (cards, edges)
}

fn line(from: &Str, to: Str, kind: EdgeKind) -> Edge {
    Edge { key: format!("{from}>{to}").into(), from: from.clone(), to, kind, colour: None }
}

/// Why no controller acts on an Ingress, in a few words.
fn orphan(store: &Store, ingress: &IngressNet) -> Option<Msg> {
    let class = |name: &str| {
        let class = store.get(&Key::new(Kind::INGRESS_CLASS, "", name))?;
        class.to_value().pointer("/spec/controller")?.as_str().map(Str::from)
    };
    Some(match ingress.belongs_elsewhere(class)? {
        NotMine::NoClass => msg!("view.ingress-no-class"),
        NotMine::Annotation(class) | NotMine::NoSuchClass(class) | NotMine::OtherController(class, _) => {
            msg!("view.ingress-class", class = class)
        }
    })
}

fn ingress(store: &Store, object: &Object, edges: &mut Vec<Edge>) -> Option<IngressCard> {
    let value = object.to_value();
    let read = IngressNet::from_object(&value)?;
    let key = card_key(&object.key());
    let address = value.pointer("/status/loadBalancer/ingress/0").and_then(|one| {
        let text = |field: &str| one.get(field).and_then(Value::as_str).map(Str::from);
        text("ip").or_else(|| text("hostname"))
    });
    let orphan = orphan(store, &read);
    let mut tone = match (&orphan, &address) {
        (Some(_), _) => Tone::Bad,
        (None, None) => Tone::Pending,
        (None, Some(_)) => Tone::Ok,
    };
    let mut seen = BTreeSet::new();
    let paths = read.rules.iter().flat_map(|rule| &rule.paths).filter_map(|path| path.backend.as_ref());
    for backend in paths.chain(&read.default).filter(|backend| seen.insert(&backend.service)) {
        let place = Key::new(Kind::SERVICE, object.meta().namespace.clone(), backend.service.clone());
        let Some(service) = store.get(&place).and_then(|service| Service::of(service)) else {
            tone = Tone::Bad;
            continue;
        };
        let has = service.spec.ports.iter().any(|port| {
            port.port.to_string() == *backend.port
                || port.name == backend.port
                || port.target_port.to_string() == *backend.port
        });
        let ready = services::card(store, &place, service, None).ready;
        let kind = match (has || service.spec.ports.is_empty(), ready) {
            (false, _) => {
                EdgeKind::Broken(msg!("view.ingress-port", svc = backend.service, port = backend.port).into())
            }
            (true, 0) => EdgeKind::NotReady,
            (true, _) => EdgeKind::Traffic,
        };
        if !has {
            tone = Tone::Bad;
        }
        edges.push(line(&key, card_key(&place), kind));
    }
    let way_in = match (orphan, &address) {
        (Some(why), _) => EdgeKind::Broken(why.into()),
        (None, None) => EdgeKind::NotReady,
        (None, Some(_)) => EdgeKind::Traffic,
    };
    edges.push(line(&"client/internet".into(), key.clone(), way_in));
    let host = |host: &Str| if host.is_empty() { "*".into() } else { host.clone() };
    let rules = read
        .rules
        .iter()
        .flat_map(|rule| rule.paths.iter().map(move |path| format!("{}{}", host(&rule.host), path.path).into()));
    Some(IngressCard {
        key,
        kind: "Ingress".into(),
        name: read.key.name.clone(),
        address,
        rules: rules.collect(),
        tone,
    })
}

fn policy(store: &Store, object: &Object, with_pods: bool, edges: &mut Vec<Edge>) -> Option<IngressCard> {
    let read = PolicyNet::from_object(&object.to_value())?;
    let key = card_key(&object.key());
    let mut rules = Vec::new();
    let mut closed = None;
    for direction in [Direction::Ingress, Direction::Egress] {
        let Some(list) = read.rules(direction) else { continue };
        let arrow = if direction == Direction::Ingress { "←" } else { "→" };
        if list.is_empty() {
            rules.push(Str::from(format!("{arrow} –")));
            closed = Some(match direction {
                Direction::Ingress => msg!("view.policy-nobody-in", policy = read.key.name),
                Direction::Egress => msg!("view.policy-nobody-out", policy = read.key.name),
            });
        }
        for rule in list {
            let peers: Vec<String> = rule.peers.iter().map(peer).collect();
            let (peers, ports) = (peers.join(" | "), rule.port_names().join(","));
            let peers = if peers.is_empty() { "*" } else { &peers };
            rules.push(format!("{arrow} {peers} {ports}").trim_end().into());
        }
    }
    let guarded = store
        .matching_pods(&object.meta().namespace, &read.pods)
        .filter(|pod| with_pods && Pod::of(pod).is_some_and(|pod| pod.is_active() && !pod.spec.host_network));
    for pod in guarded.take(GUARDED) {
        let kind = closed.clone().map_or(EdgeKind::NotReady, |why| EdgeKind::Broken(why.into()));
        edges.push(line(&key, card_key(&pod.key()), kind));
    }
    let tone = if closed.is_some() { Tone::Pending } else { Tone::Neutral };
    let name = read.key.name.clone();
    Some(IngressCard { key, kind: "NetworkPolicy".into(), name, address: None, rules, tone })
}

/// Somebody whom a rule allows, in a few letters.
fn peer(peer: &Peer) -> String {
    match peer {
        Peer::Block(block, _) => block.to_string(),
        Peer::Pods(Some(pods), None) => pods.to_string(),
        Peer::Pods(None, Some(namespaces)) => format!("ns {namespaces}"),
        Peer::Pods(Some(pods), Some(namespaces)) => format!("ns {namespaces} {pods}"),
        Peer::Pods(None, None) => "*".to_owned(),
    }
}
