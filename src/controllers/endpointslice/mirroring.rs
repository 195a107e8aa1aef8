//! Copies hand-made Endpoints of Services without a selector into slices.
//!
//! Models `pkg/controller/endpointslicemirroring`.

use super::packing::{Existing, pack};
use super::sync::{COALESCE, MANAGED_BY};
use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Labels, Meta};
use crate::api::objects::service::{
    AddressType, Endpoint, EndpointAddress, EndpointConditions, EndpointPort, EndpointSubset,
};
use crate::api::objects::{EndpointSlice, Endpoints, Object, Service, controller_ref};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::store::SERVICE_NAME_LABEL;
use crate::apiserver::{Change, Options, Result, Store};
use crate::base::Str;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

const SOURCE: Source = Source { component: "endpoint-slice-mirroring-controller", host: "", field_path: "" };
const OURSELVES: &str = "endpointslicemirroring-controller.k8s.io";
/// Who keeps the Endpoints of Services with a selector.
const ENDPOINTS: &str = "endpoint-controller";
/// The most addresses of a subset that are mirrored.
const MAX_ADDRESSES: usize = 1000;
/// What is not copied.
const LEFT_OUT: [&str; 2] =
    ["kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time"];

/// Mirrors Endpoints.
#[derive(Clone, Default)]
pub struct MirroringController;

impl Controller for MirroringController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            // Those are of Services with a selector, and not mirrored.
            Kind::ENDPOINTS if change.cause.by == ENDPOINTS => {}
            Kind::ENDPOINTS => queue.after(change.key.clone(), COALESCE),
            Kind::SERVICE => queue.after(change.key.sibling(Kind::ENDPOINTS, change.key.name.clone()), COALESCE),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let store = context.api.store();
        let existing: Vec<EndpointSlice> = store
            .slices_of(&key.namespace, &key.name)
            .filter_map(|object| EndpointSlice::of(object))
            .filter(|slice| slice.meta.labels.get(MANAGED_BY).is_some_and(|by| &**by == OURSELVES))
            .cloned()
            .collect();
        let endpoints = store.get(key).and_then(|object| Endpoints::of(object)).cloned();
        match endpoints.filter(|endpoints| is_mirrored(endpoints, store)) {
            Some(endpoints) => mirror(&endpoints, &existing, context),
            None => existing.into_iter().try_for_each(|slice| remove(slice, context)),
        }
    }
}

fn is_mirrored(endpoints: &Endpoints, store: &Store) -> bool {
    let meta = &endpoints.meta;
    let skip = meta.labels.get("endpointslice.kubernetes.io/skip-mirror").is_some_and(|text| &**text == "true");
    let lock = meta.annotations.get("control-plane.alpha.kubernetes.io/leader").is_some();
    let key = Key::new(Kind::SERVICE, meta.namespace.clone(), meta.name.clone());
    let service = store.get(&key).and_then(|object| Service::of(object));
    !skip && !lock && service.is_some_and(|service| service.spec.selector.is_none() && !service.meta.is_terminating())
}

fn remove(slice: EndpointSlice, context: &mut Context<'_>) -> Result<()> {
    context.api.delete(&Object::EndpointSlice(slice).key(), Options::default())
}

fn mirror(endpoints: &Endpoints, existing: &[EndpointSlice], context: &mut Context<'_>) -> Result<()> {
    let mut groups: BTreeMap<String, (Vec<EndpointPort>, BTreeMap<Str, Endpoint>)> = BTreeMap::new();
    let (mut surplus, mut invalid) = (0, 0);
    for subset in &endpoints.subsets {
        let ports = ports(subset);
        let key = Json::to_json(&ports).to_string();
        let group = groups.entry(key).or_insert_with(|| (ports, BTreeMap::new()));
        let ready = subset.addresses.iter().map(|address| (address, true));
        for (address, ready) in ready.chain(subset.not_ready_addresses.iter().map(|address| (address, false))) {
            if address.ip.parse::<Ipv4Addr>().is_err() {
                invalid += 1;
            } else if group.1.len() >= MAX_ADDRESSES {
                surplus += 1;
            } else {
                group.1.insert(address.ip.clone(), endpoint(address, ready));
            }
        }
    }
    let object = Object::Endpoints(endpoints.clone());
    if invalid > 0 {
        let message = format!("Skipped {invalid} invalid IP addresses when mirroring to EndpointSlices");
        context.api.event(&object, SOURCE, EventType::Warning, "InvalidIPAddress", &message);
    }
    if surplus > 0 {
        let message = format!(
            "A max of {MAX_ADDRESSES} addresses can be mirrored to EndpointSlices per Endpoints subset. {surplus} addresses \
             were skipped"
        );
        context.api.event(&object, SOURCE, EventType::Warning, "TooManyAddressesToMirror", &message);
    }
    let meta = meta(endpoints);
    let mut by_ports: BTreeMap<String, Vec<&EndpointSlice>> = BTreeMap::new();
    for slice in existing {
        let key = Json::to_json(&slice.ports).to_string();
        if groups.contains_key(&key) {
            by_ports.entry(key).or_default().push(slice);
        } else {
            remove(slice.clone(), context)?;
        }
    }
    for (key, (ports, desired)) in groups.into_iter().filter(|(_, (_, desired))| !desired.is_empty()) {
        let slices = by_ports.remove(&key).unwrap_or_default();
        let stale =
            |slice: &EndpointSlice| slice.meta.labels != meta.labels || slice.meta.annotations != meta.annotations;
        let parts: Vec<Existing<Endpoint>> =
            slices.iter().map(|slice| Existing { endpoints: &slice.endpoints, stale: stale(slice) }).collect();
        let address = |endpoint: &Endpoint| endpoint.addresses.first().cloned().unwrap_or_default();
        let writes = pack(&parts, desired, |_| true, address, MAX_ADDRESSES);
        for (place, endpoints) in writes.update {
            if let Some(slice) = slices.get(place) {
                let mut changed = (*slice).clone();
                changed.endpoints = endpoints;
                changed.meta.labels = meta.labels.clone();
                changed.meta.annotations = meta.annotations.clone();
                context.api.update(changed)?;
            }
        }
        for endpoints in writes.create {
            let slice = EndpointSlice {
                meta: meta.clone(),
                address_type: AddressType::Ipv4,
                endpoints,
                ports: ports.clone(),
                ..EndpointSlice::default()
            };
            context.api.create(slice)?;
        }
        for slice in writes.delete.iter().filter_map(|place| slices.get(*place)) {
            remove((*slice).clone(), context)?;
        }
    }
    Ok(())
}

fn ports(subset: &EndpointSubset) -> Vec<EndpointPort> {
    let ports = subset.ports.iter().map(|port| EndpointPort {
        name: Some(port.name.clone()),
        port: Some(port.port),
        protocol: Some(port.protocol),
        app_protocol: port.app_protocol.clone(),
        ..EndpointPort::default()
    });
    ports.collect()
}

fn endpoint(address: &EndpointAddress, ready: bool) -> Endpoint {
    Endpoint {
        addresses: vec![address.ip.clone()],
        conditions: EndpointConditions { ready: Some(ready), ..EndpointConditions::default() },
        hostname: Some(address.hostname.clone()).filter(|name| !name.is_empty()),
        node_name: address.node_name.clone(),
        target_ref: address.target_ref.clone(),
        ..Endpoint::default()
    }
}

/// What all slices of the Endpoints bear.
fn meta(endpoints: &Endpoints) -> Meta {
    let meta = &endpoints.meta;
    let mut labels: Labels = meta.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    labels.insert(SERVICE_NAME_LABEL, meta.name.clone());
    labels.insert(MANAGED_BY, OURSELVES);
    let annotations = meta.annotations.iter().filter(|(key, _)| !LEFT_OUT.contains(&&***key));
    Meta {
        generate_name: format!("{}-", meta.name).into(),
        namespace: meta.namespace.clone(),
        labels,
        annotations: annotations.map(|(key, value)| (key.clone(), value.clone())).collect(),
        owner_references: vec![controller_ref(Kind::ENDPOINTS, &meta.name, &meta.uid)].into(),
        ..Meta::default()
    }
}
