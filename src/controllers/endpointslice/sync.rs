//! The sync of a Service's slices.
//!
//! Models `pkg/controller/endpointslice/endpointslice_controller.go` and `staging/src/k8s.io/endpointslice/reconciler.go`.

use super::endpoint::{Identity, address, counts, differs, endpoint, identity, ports};
use super::packing::{Existing, MAX_ENDPOINTS, pack};
use super::topology::{Said, Slices, Topology, bare, is_auto, matters};
use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Labels, Meta};
use crate::api::objects::service::{AddressType, Endpoint, EndpointPort, ServiceType};
use crate::api::objects::{EndpointSlice, Node, Object, Pod, Service, controller_ref};
use crate::api::selector::LabelSelector;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::store::SERVICE_NAME_LABEL;
use crate::apiserver::{Change, Options, Result, Store};
use crate::base::Order;
use crate::base::Str;
use crate::base::pmap::{PLookup, PVec};
use crate::base::time::Duration;
use crate::controllers::runtime::{Context, Controller, Enqueue, patience};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How long changes of pods are collected before the slices are looked at.
pub const COALESCE: Duration = Duration::from_millis(50);
/// With more endpoints than this they are collected for longer.
const CROWD: usize = 1000;

const SOURCE: Source = Source { component: "endpoint-slice-controller", host: "", field_path: "" };

/// The label that says who keeps a slice.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// Us.
const OURSELVES: &str = "endpointslice-controller.k8s.io";
/// The label of what belongs to a headless Service.
pub const HEADLESS: &str = "service.kubernetes.io/headless";

/// Keeps the slices of Services with a selector.
#[derive(Clone, Default)]
pub struct EndpointSliceController {
    /// The pods that changed since the slices of their Service were looked at, for Services of which nothing else did. All
    /// pods of other Services are looked at.
    touched: PLookup<Key, PVec<Str>>,
    /// For Services whose hints follow the zones' CPUs.
    topology: Topology,
}

/// The key under which the nodes wait to be looked at: no node has this name.
fn all_nodes() -> Key {
    Key::new(Kind::NODE, "", "")
}

impl Controller for EndpointSliceController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::SERVICE => {
                self.touched.remove(&change.key);
                if change.new.is_some() {
                    queue.now(change.key.clone());
                }
            }
            Kind::POD => observe_pod(change, store, &mut |key, members| {
                if let Some(pods) = self.touched.get_mut(&key) {
                    pods.push_back(change.key.name.clone());
                }
                queue.after(key, patience(COALESCE, members.saturating_sub(CROWD)));
            }),
            Kind::ENDPOINT_SLICE => {
                if let Some(service) = foreign_change(change) {
                    self.touched.remove(&service);
                    queue.after(service, COALESCE);
                }
            }
            Kind::NODE => self.observe_node(change, queue),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        if *key == all_nodes() {
            self.topology.look_at(nodes(context.api.store()));
            self.topology.overloaded().into_iter().for_each(|service| context.queue.now(service));
            return Ok(());
        }
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(service) = Service::of(&object).filter(|service| is_kept(service)) else { return Ok(()) };
        let touched = self.touched.remove(key).map(|names| Touched::of(&names));
        let writes = reconcile(service, touched.as_ref(), context.api.store(), &mut self.topology);
        apply(service, writes, context)?;
        self.touched.insert(key.clone(), PVec::new());
        Ok(())
    }
}

impl EndpointSliceController {
    fn observe_node(&mut self, change: &Change, queue: &mut Enqueue) {
        let (old, new) = (change.old.as_deref().and_then(Node::of), change.new.as_deref().and_then(Node::of));
        // Endpoints say in which zone they are.
        if old.map(|node| &node.meta.labels) != new.map(|node| &node.meta.labels) {
            self.touched = PLookup::default();
        }
        if matters(old, new) {
            self.topology.forget_nodes();
            if self.topology.is_used() {
                queue.now(all_nodes());
            }
        }
    }

    /// The Services whose slices are not what a look at all pods makes of them; none, unless there is a bug or somebody has
    /// not come to it yet. For tests.
    pub fn audit(&self, store: &Store) -> Vec<Key> {
        let kept =
            store.list(Kind::SERVICE, "").filter_map(|object| Service::of(object)).filter(|service| is_kept(service));
        let wrong = kept.filter(|service| !reconcile(service, None, store, &mut self.topology.clone()).is_empty());
        wrong
            .map(|service| Key::new(Kind::SERVICE, service.meta.namespace.clone(), service.meta.name.clone()))
            .collect()
    }
}

/// Whether the endpoints of the Service are kept by controllers: it has a selector, and addresses.
pub fn is_kept(service: &Service) -> bool {
    service.spec.selector.is_some() && service.spec.kind != ServiceType::ExternalName && !service.meta.is_terminating()
}

/// Names the Services to which a change of a pod matters, and says how many pods each has at most.
///
/// Models `GetServicesToUpdateOnPodChange` of `k8s.io/endpointslice/util/controller_utils.go`.
pub fn observe_pod(change: &Change, store: &Store, look_at: &mut dyn FnMut(Key, usize)) {
    let old = change.old.as_deref().and_then(Pod::of);
    let new = change.new.as_deref().and_then(Pod::of);
    let relabelled = old.map(|pod| &pod.meta.labels) != new.map(|pod| &pod.meta.labels);
    let changed = old.zip(new).is_none_or(|(old, new)| differs(old, new));
    // A pod without an address is no endpoint, whatever happens to it.
    if !relabelled && !changed || ![old, new].into_iter().flatten().any(counts) {
        return;
    }
    let pods = [new, old.filter(|_| relabelled)];
    for pod in pods.into_iter().flatten() {
        for service in store.selecting(Kind::SERVICE, &pod.meta.namespace, &pod.meta.labels) {
            let selector = Service::of(service).and_then(|service| service.spec.selector.as_ref());
            let counts = selector
                .into_iter()
                .flatten()
                .map(|(key, value)| store.count_labelled(&pod.meta.namespace, key, value));
            look_at(service.key(), counts.min().unwrap_or(0));
        }
    }
}

/// The Service of a slice of ours that somebody else changed: it is put right.
fn foreign_change(change: &Change) -> Option<Key> {
    let object = change.object().filter(|_| change.cause.by != SOURCE.component)?;
    let ours = object.labels().get(MANAGED_BY).is_some_and(|by| &**by == OURSELVES);
    let service = object.labels().get(SERVICE_NAME_LABEL).filter(|_| ours)?;
    Some(change.key.sibling(Kind::SERVICE, service.clone()))
}

/// What has to be written.
#[derive(Default)]
struct Writes {
    create: Vec<EndpointSlice>,
    update: Vec<EndpointSlice>,
    delete: Vec<EndpointSlice>,
    /// What happened to hints.
    said: Vec<Said>,
}

impl Writes {
    fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty()
    }
}

/// The ports of a group of endpoints, as text that can be compared.
fn port_key(ports: &[EndpointPort]) -> String {
    let mut keys: Vec<String> = ports.iter().map(|port| port.to_json().to_string()).collect();
    keys.order();
    keys.join(",")
}

/// The families that a Service's slices have.
fn families(service: &Service) -> Vec<AddressType> {
    let second = service.spec.ip_families.iter().any(|family| &**family == "IPv6");
    let first =
        service.spec.ip_families.is_empty() || service.spec.ip_families.iter().any(|family| &**family == "IPv4");
    [(first, AddressType::Ipv4), (second, AddressType::Ipv6)].into_iter().filter(|one| one.0).map(|one| one.1).collect()
}

fn nodes(store: &Store) -> impl Iterator<Item = &Node> {
    store.list(Kind::NODE, "").filter_map(|object| Node::of(object))
}

/// Pods that changed, each once: in order, and to be asked for by all endpoints of the Service.
struct Touched {
    names: BTreeSet<Str>,
    known: PLookup<Str, ()>,
}

impl Touched {
    fn of(names: &PVec<Str>) -> Touched {
        let names: BTreeSet<Str> = names.iter().cloned().collect();
        let mut known = PLookup::default();
        for name in &names {
            known.insert(name.clone(), ());
        }
        Touched { names, known }
    }
}

/// What has to be written for a Service, given the pods that changed since the last look, if nothing else did.
fn reconcile(service: &Service, touched: Option<&Touched>, store: &Store, topology: &mut Topology) -> Writes {
    let key = Key::new(Kind::SERVICE, service.meta.namespace.clone(), service.meta.name.clone());
    let auto = is_auto(&service.meta.annotations);
    if auto {
        topology.look_at(nodes(store));
    }
    // Each endpoint's hint depends on the others.
    let touched = touched.filter(|_| !auto);
    let existing: Vec<&EndpointSlice> = store
        .slices_of(&service.meta.namespace, &service.meta.name)
        .filter_map(|object| EndpointSlice::of(object))
        .filter(|slice| slice.meta.labels.get(MANAGED_BY).is_some_and(|by| &**by == OURSELVES))
        .collect();
    let families = families(service);
    let mut writes = Writes::default();
    for family in &families {
        let of_family: Vec<&EndpointSlice> =
            existing.iter().copied().filter(|slice| slice.address_type == *family).collect();
        let mut more = reconcile_family(service, touched, store, *family, &of_family);
        writes.said.extend(if auto {
            let written = |slice: &EndpointSlice| {
                more.update.iter().chain(&more.delete).any(|other| other.meta.name == slice.meta.name)
            };
            let unchanged = of_family.into_iter().filter(|slice| !written(slice)).collect();
            let mut slices = Slices { create: &mut more.create, update: &mut more.update, unchanged };
            topology.add(&key, *family, &mut slices)
        } else {
            topology.leave(&key, *family)
        });
        let more = reuse(more, service);
        writes.create.extend(more.create);
        writes.update.extend(more.update);
        writes.delete.extend(more.delete);
    }
    let surplus = existing.iter().filter(|slice| !families.contains(&slice.address_type));
    surplus.clone().for_each(|slice| topology.remove(&key, slice.address_type));
    writes.delete.extend(surplus.map(|slice| (*slice).clone()));
    writes
}

/// Models `reconcileByAddressType`.
fn reconcile_family(
    service: &Service,
    touched: Option<&Touched>,
    store: &Store,
    family: AddressType,
    existing: &[&EndpointSlice],
) -> Writes {
    let (mut by_ports, mut writes) = (BTreeMap::<String, Vec<&EndpointSlice>>::new(), Writes::default());
    let mut shared: Option<(&[EndpointPort], String)> = None;
    for slice in existing {
        let ours = slice.meta.controller().is_some_and(|owner| owner.uid == service.meta.uid);
        if ours {
            if shared.as_ref().is_none_or(|(ports, _)| *ports != slice.ports) {
                shared = Some((&slice.ports, port_key(&slice.ports)));
            }
            let key = shared.as_ref().map(|(_, key)| key.clone()).unwrap_or_default();
            by_ports.entry(key).or_default().push(slice);
        } else {
            writes.delete.push((*slice).clone());
        }
    }
    let labels = labels(service);
    let auto = is_auto(&service.meta.annotations);
    // A slice that only says that there is nothing goes when there is something, whatever was touched.
    let touched = touched.filter(|_| existing.iter().all(|slice| !slice.endpoints.is_empty()));
    let mut desired = desired(service, touched, store, family);
    let is_touched = |endpoint: &Endpoint| {
        touched.is_none_or(|pods| endpoint.target_ref.as_ref().is_none_or(|pod| pods.known.contains_key(&pod.name)))
    };
    let groups =
        desired.keys().chain(by_ports.keys().filter(|_| touched.is_some())).cloned().collect::<BTreeSet<String>>();
    for key in groups {
        let slices = by_ports.remove(&key).unwrap_or_default();
        let (ports, endpoints) = desired.remove(&key).unwrap_or_default();
        // Hints that follow the zones' CPUs come later, and endpoints that differ in them alone do not differ.
        let known: Vec<Cow<'_, [Endpoint]>> = slices
            .iter()
            .map(|slice| match auto {
                true => Cow::Owned(slice.endpoints.iter().map(bare).collect()),
                false => Cow::Borrowed(&*slice.endpoints),
            })
            .collect();
        let parts: Vec<Existing<Endpoint>> = slices
            .iter()
            .zip(&known)
            .map(|(slice, endpoints)| Existing { endpoints, stale: slice.meta.labels != labels })
            .collect();
        let packed = pack(&parts, endpoints, is_touched, identity, MAX_ENDPOINTS);
        for (place, endpoints) in packed.update {
            if let Some(slice) = slices.get(place) {
                let mut changed = (*slice).clone();
                changed.endpoints = endpoints;
                changed.meta.labels = labels.clone();
                writes.update.push(changed);
            }
        }
        writes.delete.extend(packed.delete.iter().filter_map(|place| slices.get(*place)).map(|slice| (*slice).clone()));
        writes.create.extend(
            packed.create.into_iter().map(|endpoints| new_slice(service, &labels, family, ports.clone(), endpoints)),
        );
    }
    writes.delete.extend(by_ports.into_values().flatten().cloned());
    if existing.len() == writes.delete.len() && writes.create.is_empty() {
        let is_placeholder = |slice: &EndpointSlice| {
            let ours = slice.meta.controller().is_some_and(|owner| owner.uid == service.meta.uid);
            ours && slice.endpoints.is_empty() && slice.ports.is_empty() && slice.meta.labels == labels
        };
        if matches!(writes.delete.as_slice(), [only] if is_placeholder(only)) {
            writes.delete.clear();
        } else {
            writes.create.push(new_slice(service, &labels, family, Vec::new(), Vec::new()));
        }
    }
    writes
}

/// Endpoints that have the same ports.
type Group = (Vec<EndpointPort>, BTreeMap<Identity, Endpoint>);

/// The endpoints that there should be, by their ports; of these pods or of all.
fn desired(
    service: &Service,
    touched: Option<&Touched>,
    store: &Store,
    family: AddressType,
) -> BTreeMap<String, Group> {
    let selector =
        LabelSelector { match_labels: service.spec.selector.clone().unwrap_or_default(), ..LabelSelector::default() };
    let kind = Str::from("Pod");
    let mut groups = BTreeMap::new();
    let mut shared: Option<(Vec<EndpointPort>, String)> = None;
    let named = service
        .spec
        .ports
        .iter()
        .any(|port| matches!(port.target_port, crate::api::objects::pod::IntOrString::Text(_)));
    let pods: Box<dyn Iterator<Item = &Rc<Object>>> = match touched {
        Some(pods) => {
            let namespace = &service.meta.namespace;
            let pods =
                pods.names.iter().filter_map(|name| store.get(&Key::new(Kind::POD, namespace.clone(), name.clone())));
            Box::new(pods.filter(|object| selector.matches(object.labels())))
        }
        None => store.matching_pods(&service.meta.namespace, &selector),
    };
    for pod in pods.filter_map(|object| Pod::of(object)) {
        if !counts(pod) {
            continue;
        }
        let node = store.get(&Key::new(Kind::NODE, "", pod.node_name.clone())).and_then(|object| Node::of(object));
        if node.is_none() && !service.spec.publish_not_ready_addresses {
            continue;
        }
        if named || shared.is_none() {
            let ports = ports(service, pod);
            let key = port_key(&ports);
            shared = Some((ports, key));
        }
        let Some((ports, key)) = &shared else { continue };
        let Some(address) = address(pod, family) else { continue };
        let endpoint = endpoint(service, pod, &kind, address, node);
        let group = groups.entry(key.clone()).or_insert_with(|| (ports.clone(), BTreeMap::new()));
        group.1.insert(identity(&endpoint), endpoint);
    }
    groups
}

/// A slice that is to go becomes one that is to come: one write instead of two.
///
/// Models the first part of `finalize`.
fn reuse(mut writes: Writes, service: &Service) -> Writes {
    let (mut kept, mut deleted) = (Vec::new(), std::mem::take(&mut writes.delete));
    deleted.reverse();
    while let Some(slice) = deleted.pop() {
        let ours = slice.meta.controller().is_some_and(|owner| owner.uid == service.meta.uid);
        match if ours { writes.create.pop() } else { None } {
            Some(new) => writes.update.push(EndpointSlice {
                meta: Meta { labels: new.meta.labels, ..slice.meta },
                ports: new.ports,
                endpoints: new.endpoints,
                ..slice
            }),
            None => kept.push(slice),
        }
    }
    writes.delete = kept;
    writes
}

/// The labels of a Service's slices: its own, and those that tie and tell.
///
/// Models `setEndpointSliceLabels`.
fn labels(service: &Service) -> Labels {
    let own = service.meta.labels.iter().filter(|(key, _)| &***key != HEADLESS);
    let mut labels: Labels = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    labels.insert(SERVICE_NAME_LABEL, service.meta.name.clone());
    labels.insert(MANAGED_BY, OURSELVES);
    if service.is_headless() || service.spec.cluster_ip.is_empty() {
        labels.insert(HEADLESS, "");
    }
    labels
}

fn new_slice(
    service: &Service,
    labels: &Labels,
    address_type: AddressType,
    ports: Vec<EndpointPort>,
    endpoints: Vec<Endpoint>,
) -> EndpointSlice {
    EndpointSlice {
        meta: Meta {
            generate_name: Str::from(format!("{}-", service.meta.name)),
            namespace: service.meta.namespace.clone(),
            labels: labels.clone(),
            owner_references: vec![controller_ref(Kind::SERVICE, &service.meta.name, &service.meta.uid)].into(),
            ..Meta::default()
        },
        address_type,
        ports,
        endpoints,
        ..EndpointSlice::default()
    }
}

fn apply(service: &Service, mut writes: Writes, context: &mut Context<'_>) -> Result<()> {
    let said = std::mem::take(&mut writes.said);
    let result = write(writes, context);
    let mut tell = |kind, reason, message: &str| {
        context.api.event(&Object::Service(service.clone()), SOURCE, kind, reason, message);
    };
    for Said { enabled, message } in said {
        match enabled {
            true => tell(EventType::Normal, "TopologyAwareHintsEnabled", &message),
            false => tell(EventType::Warning, "TopologyAwareHintsDisabled", &message),
        }
    }
    if let Err(status) = &result {
        let name = format!("{}/{}", service.meta.namespace, service.meta.name);
        let message = format!("Error updating Endpoint Slices for Service {name}: {}", status.message);
        tell(EventType::Warning, "FailedToUpdateEndpointSlices", &message);
    }
    result
}

fn write(writes: Writes, context: &mut Context<'_>) -> Result<()> {
    for slice in writes.create {
        match context.api.create(slice) {
            Err(status) if status.message.contains("because it is being terminated") => return Ok(()),
            other => other?,
        };
    }
    for slice in writes.update {
        context.api.update(slice)?;
    }
    for slice in writes.delete {
        context.api.delete(&Object::EndpointSlice(slice).key(), Options::default())?;
    }
    Ok(())
}
