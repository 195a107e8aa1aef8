//! Services as cards, and their lines to pods.

use super::card_key;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::service::{Endpoint, EndpointSlice, Service, ServiceType};
use crate::api::objects::{Object, Pod};
use crate::api::selector::LabelSelector;
use crate::apiserver::Store;
use crate::base::Str;
use crate::msg;
use crate::network::diagnose::{NearMiss, nearest};
use crate::network::view::Key as NetKey;
use crate::view::model::graph::{Edge, EdgeKind, ServiceCard};
use crate::view::model::{Text, Tone};
use std::collections::BTreeMap;

/// The endpoints of a Service, of all its slices.
pub fn endpoints<'a>(store: &'a Store, service: &Service) -> Vec<&'a Endpoint> {
    store
        .slices_of(&service.meta.namespace, &service.meta.name)
        .filter_map(|object| EndpointSlice::of(object))
        .flat_map(|slice| &slice.endpoints)
        .collect()
}

/// Whether traffic may go to an endpoint.
fn is_ready(endpoint: &Endpoint) -> bool {
    endpoint.conditions.ready.unwrap_or(true)
}

/// The card of a Service; `problem` says why it cannot work.
pub fn card(store: &Store, key: &Key, service: &Service, problem: Option<Text>) -> ServiceCard {
    let spec = &service.spec;
    let endpoints = endpoints(store, service);
    let ready = endpoints.iter().filter(|endpoint| is_ready(endpoint)).count();
    let kind = if service.is_headless() { "Headless" } else { spec.kind.as_str() };
    let ports = if spec.kind == ServiceType::ExternalName {
        vec![spec.external_name.clone()]
    } else {
        let address = if spec.cluster_ip.is_empty() { "<none>" } else { &spec.cluster_ip };
        spec.ports.iter().map(|port| format!("{address}:{}→{}", port.port, port.target_port).into()).collect()
    };
    let waits = spec.kind == ServiceType::LoadBalancer && service.status.load_balancer.ingress.is_empty();
    let ingress = service
        .status
        .load_balancer
        .ingress
        .iter()
        .map(|ingress| if ingress.ip.is_empty() { ingress.hostname.clone() } else { ingress.ip.clone() });
    let external: Vec<Str> = waits
        .then(|| Str::from("<pending>"))
        .into_iter()
        .chain(ingress)
        .chain(spec.external_ips.iter().cloned())
        .collect();
    let tone = match (spec.kind, ready, &spec.selector) {
        (_, 1.., _) if problem.is_some() && !waits => Tone::Bad,
        (ServiceType::ExternalName, _, _) => Tone::Neutral,
        (_, 1.., _) if waits => Tone::Pending,
        (_, 1.., _) => Tone::Ok,
        (_, 0, Some(_)) if endpoints.is_empty() => Tone::Bad,
        (_, 0, Some(_)) => Tone::Pending,
        (_, 0, None) => Tone::Neutral,
    };
    ServiceCard {
        key: card_key(key),
        name: service.meta.name.clone(),
        kind: kind.into(),
        ports,
        node_ports: spec
            .ports
            .iter()
            .filter_map(|port| u16::try_from(port.node_port).ok())
            .filter(|port| *port != 0)
            .collect(),
        external: (!external.is_empty()).then(|| external.join(", ").into()),
        selector: spec.selector.iter().flatten().map(|(key, value)| format!("{key}={value}").into()).collect(),
        ready,
        endpoints: endpoints.len(),
        tone,
        problem,
    }
}

/// The lines from a Service to its pods: where traffic can flow, where it cannot yet, and where it just misses.
pub fn edges(store: &Store, key: &Key, service: &Service) -> Vec<Edge> {
    let from = card_key(key);
    let line = |to: Str, kind: EdgeKind| Edge {
        key: format!("{from}>{to}").into(),
        from: from.clone(),
        to,
        kind,
        colour: None,
    };
    let mut edges: BTreeMap<Str, Edge> = BTreeMap::new();
    for endpoint in endpoints(store, service) {
        let Some(target) = endpoint.target_ref.as_ref().filter(|target| &*target.kind == "Pod") else { continue };
        let to = card_key(&key.sibling(Kind::POD, target.name.clone()));
        let kind = if is_ready(endpoint) { EdgeKind::Traffic } else { EdgeKind::NotReady };
        edges.insert(to.clone(), line(to, kind));
    }
    if let Some(selector) = &service.spec.selector {
        let selector = LabelSelector { match_labels: selector.clone(), ..LabelSelector::default() };
        let matching: Vec<_> = store.matching_pods(&key.namespace, &selector).collect();
        for object in &matching {
            let to = card_key(&object.key());
            edges.entry(to.clone()).or_insert_with(|| line(to, EdgeKind::NotReady));
        }
        if matching.is_empty() {
            for (to, why) in near_misses(store, key, &selector) {
                edges.entry(to.clone()).or_insert_with(|| line(to, EdgeKind::Broken(why)));
            }
        }
    }
    edges.into_values().collect()
}

/// How many near misses are drawn: more would be noise.
const NEAR_MISSES: usize = 3;

/// The cards of the pods whose labels come nearest to a selector that matches none, and what they have instead.
fn near_misses(store: &Store, key: &Key, selector: &LabelSelector) -> Vec<(Str, Text)> {
    let Some((miss, label)) = nearest_label(store, &key.namespace, selector) else { return Vec::new() };
    let wanted = format!("{}={}", miss.wanted.0, miss.wanted.1);
    let why = msg!("view.near-miss", wanted = wanted, label = format!("{}={}", label.0, label.1));
    let bears = |object: &&std::rc::Rc<Object>| {
        Pod::of(object).is_some_and(Pod::is_active) && object.labels().get(&label.0) == Some(&label.1)
    };
    let pods = store.list(Kind::POD, &key.namespace).filter(bears).take(NEAR_MISSES);
    pods.map(|object| (card_key(&object.key()), why.clone().into())).collect()
}

/// How a selector that matches no pod misses those that come nearest, and the label that they have instead.
pub fn nearest_label(store: &Store, namespace: &Str, selector: &LabelSelector) -> Option<(NearMiss, (Str, Str))> {
    let active = store.list(Kind::POD, namespace).filter(|object| Pod::of(object).is_some_and(Pod::is_active));
    let pods: Vec<(NetKey, &std::rc::Rc<Object>)> =
        active.map(|object| (NetKey::new(namespace, &object.meta().name), object)).collect();
    let miss = nearest(&selector.match_labels, pods.iter().map(|(key, object)| (key, &*object.labels().0)))?;
    let label = miss.found.clone()?;
    Some((miss, label))
}
