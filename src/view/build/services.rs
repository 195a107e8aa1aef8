//! Services as cards, and their lines to pods.

use super::card_key;
use crate::api::kinds::Key;
use crate::api::meta::Labels;
use crate::api::objects::service::{Endpoint, EndpointSlice, Service, ServiceType};
use crate::api::objects::{Object, Pod};
use crate::api::selector::LabelSelector;
use crate::apiserver::Store;
use crate::base::Str;
use crate::base::text::edit_distance;
use crate::msg;
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

/// The card of a Service.
pub fn card(store: &Store, key: &Key, service: &Service) -> ServiceCard {
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
        let to = card_key(&key.sibling(crate::api::kinds::Kind::POD, target.name.clone()));
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
            for object in near_misses(store, key, &selector) {
                let why = near_miss(&selector, object.labels());
                let to = card_key(&object.key());
                edges.entry(to.clone()).or_insert_with(|| line(to, EdgeKind::Broken(why)));
            }
        }
    }
    edges.into_values().collect()
}

/// How many near misses are drawn: more would be noise.
const NEAR_MISSES: usize = 3;

/// The pods whose labels come nearest to a selector that matches none.
fn near_misses<'a>(store: &'a Store, key: &'a Key, selector: &LabelSelector) -> Vec<&'a std::rc::Rc<Object>> {
    let mut scored: Vec<(usize, &std::rc::Rc<Object>)> = store
        .list(crate::api::kinds::Kind::POD, &key.namespace)
        .filter(|object| Pod::of(object).is_some_and(Pod::is_active))
        .filter_map(|object| miss(selector, object.labels()).map(|(distance, _)| (distance, object)))
        .collect();
    scored.sort_by_key(|(distance, _)| *distance);
    let best = scored.first().map(|(distance, _)| *distance);
    scored
        .into_iter()
        .take_while(|(distance, _)| Some(*distance) == best)
        .take(NEAR_MISSES)
        .map(|(_, object)| object)
        .collect()
}

/// How far labels miss a selector, and the label that comes nearest to the first part that fails. `None`: not near.
fn miss(selector: &LabelSelector, labels: &Labels) -> Option<(usize, (String, String))> {
    let mut total = 0;
    let mut first = None;
    for (key, value) in &selector.match_labels {
        let wanted = format!("{key}={value}");
        let (distance, label) = labels
            .iter()
            .filter(|(key, _)| &***key != "pod-template-hash")
            .map(|(key, value)| format!("{key}={value}"))
            .map(|label| (edit_distance(&wanted, &label), label))
            .min()?;
        if distance > 0 && first.is_none() {
            first = Some((wanted.clone(), label));
        }
        total += distance * 2 / wanted.len().max(1);
        if distance * 2 > wanted.len() {
            return None;
        }
    }
    first.map(|first| (total, first))
}

fn near_miss(selector: &LabelSelector, labels: &Labels) -> Text {
    match miss(selector, labels) {
        Some((_, (wanted, label))) => msg!("view.near-miss", wanted = wanted, label = label).into(),
        None => Text::default(),
    }
}
