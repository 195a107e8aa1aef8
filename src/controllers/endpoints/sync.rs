//! The sync of a Service's Endpoints.
//!
//! Models `pkg/controller/endpoint/endpoints_controller.go`.

use super::repack::{MAX_ADDRESSES, repack, truncate};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Labels, Meta};
use crate::api::objects::pod::Protocol;
use crate::api::objects::service::{EndpointAddress, EndpointSubset, SubsetPort};
use crate::api::objects::{Endpoints, Pod, Service};
use crate::api::selector::LabelSelector;
use crate::apiserver::{Change, Options, Reason, Result, Store};
use crate::base::Str;
use crate::controllers::endpointslice::endpoint::{counts, reference, target_port};
use crate::controllers::endpointslice::sync::{COALESCE, HEADLESS, is_kept, observe_pod};
use crate::controllers::runtime::{Context, Controller, Enqueue, patience};
use std::collections::BTreeMap;

const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";

/// Keeps the Endpoints of Services with a selector.
#[derive(Clone, Default)]
pub struct EndpointsController;

impl Controller for EndpointsController {
    fn name(&self) -> &'static str {
        "endpoint-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::SERVICE => queue.now(change.key.clone()),
            Kind::POD => observe_pod(change, store, &mut |key, pods| queue.after(key, patience(COALESCE, pods))),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let endpoints = key.sibling(Kind::ENDPOINTS, key.name.clone());
        let Some(object) = context.api.store().get(key).cloned() else {
            return match context.api.delete(&endpoints, Options::default()) {
                Err(status) if status.reason != Reason::NotFound => Err(status),
                _ => Ok(()),
            };
        };
        let Some(service) = Service::of(&object).filter(|service| is_kept(service)) else { return Ok(()) };
        let (subsets, cut) = subsets(service, context.api.store());
        let present = context.api.store().get(&endpoints).cloned();
        let present = present.as_deref().and_then(Endpoints::of);
        let meta =
            || Meta { name: service.meta.name.clone(), namespace: service.meta.namespace.clone(), ..Meta::default() };
        let mut wanted = Endpoints {
            meta: present.map_or_else(meta, |present| present.meta.clone()),
            subsets,
            rest: present.map(|present| present.rest.clone()).unwrap_or_default(),
        };
        wanted.meta.labels = labels(service);
        if cut {
            wanted.meta.annotations.insert(OVER_CAPACITY, "truncated");
        } else {
            wanted.meta.annotations.remove(OVER_CAPACITY);
        }
        match present {
            Some(present) if *present == wanted => Ok(()),
            Some(_) => context.api.update(wanted).map(|_| ()),
            None => match context.api.create(wanted) {
                Err(status) if status.message.contains("because it is being terminated") => Ok(()),
                other => other.map(|_| ()),
            },
        }
    }
}

fn labels(service: &Service) -> Labels {
    let own = service.meta.labels.iter().filter(|(key, _)| &***key != HEADLESS);
    let mut labels: Labels = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    labels.insert(MANAGED_BY, "endpoint-controller");
    if service.is_headless() {
        labels.insert(HEADLESS, "");
    }
    labels
}

/// A port as it is compared: name, number, protocol, application protocol.
type Port = (Str, i32, Protocol, Option<Str>);

fn subsets(service: &Service, store: &Store) -> (Vec<EndpointSubset>, bool) {
    let selector =
        LabelSelector { match_labels: service.spec.selector.clone().unwrap_or_default(), ..LabelSelector::default() };
    let tolerant = service.spec.publish_not_ready_addresses;
    let kind = Str::from("Pod");
    let mut addresses: BTreeMap<(Str, Str), EndpointAddress> = BTreeMap::new();
    let mut offers = Vec::new();
    for pod in store.matching_pods(&service.meta.namespace, &selector).filter_map(|object| Pod::of(object)) {
        if !counts(pod) || pod.meta.is_terminating() && !tolerant {
            continue;
        }
        let identity = (pod.status.pod_ip.clone(), pod.meta.uid.clone());
        let ports: Vec<Port> = service
            .spec
            .ports
            .iter()
            .filter_map(|port| {
                Some((port.name.clone(), target_port(pod, port)?, port.protocol, port.app_protocol.clone()))
            })
            .collect();
        if ports.is_empty() && !service.spec.ports.is_empty() {
            continue;
        }
        addresses.insert(identity.clone(), address(service, pod, &kind));
        offers.push((identity, tolerant || pod.is_ready(), ports));
    }
    let mut packed = repack(offers);
    let cut = truncate(&mut packed, MAX_ADDRESSES);
    let named = |list: Vec<(Str, Str)>| {
        // Exactly as much room as there are addresses: the object keeps them.
        let mut named = Vec::with_capacity(list.len());
        named.extend(list.iter().filter_map(|identity| addresses.get(identity).cloned()));
        named
    };
    let port = |(name, port, protocol, app_protocol): Port| SubsetPort {
        name,
        port,
        protocol,
        app_protocol,
        ..SubsetPort::default()
    };
    let subsets = packed.into_iter().map(|subset| EndpointSubset {
        addresses: named(subset.ready),
        not_ready_addresses: named(subset.not_ready),
        ports: subset.ports.into_iter().map(port).collect(),
        ..EndpointSubset::default()
    });
    (subsets.collect(), cut)
}

fn address(service: &Service, pod: &Pod, kind: &Str) -> EndpointAddress {
    let named = !pod.spec.hostname.is_empty() && pod.spec.subdomain == service.meta.name;
    EndpointAddress {
        ip: pod.status.pod_ip.clone(),
        hostname: if named { pod.spec.hostname.clone() } else { Str::from("") },
        node_name: Some(pod.node_name.clone()),
        target_ref: Some(reference(pod, kind)),
        ..EndpointAddress::default()
    }
}
