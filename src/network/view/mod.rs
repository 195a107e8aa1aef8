//! The snapshot that routing looks at: plain data with the indexes that make a look-up cheap.
//!
//! Cloning costs a few counters. Objects are put in one by one as they change; [`NetView::sync_proxies`] then compiles the
//! rules of the Services that changed, as kube-proxy does once a second. A node whose proxy lags behind, or was stopped,
//! keeps its older table ([`NetView::hold_proxy`]).

mod from_object;
mod from_pod;
mod outside;
mod pods;
mod types;

pub use pods::*;
pub use types::*;

use crate::base::Str;
use crate::base::pmap::{PMap, PSet};
use crate::base::time::SimTime;
use crate::network::addr::{Cidr, Family, Protocol, number};
use crate::network::ingress::IngressNet;
use crate::network::ingress::certificate::Certificate;
use crate::network::policy::PolicyNet;
use crate::network::rules::choice::categorize;
use crate::network::rules::{Affinity, RuleTable};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

/// A port of a node: its name, the protocol, the number.
type HostPort = (Str, Protocol, u16);

/// Everything that decides where a request goes.
#[derive(Clone)]
pub struct NetView {
    /// What the cluster was set up with.
    pub config: Rc<ClusterConfig>,
    /// Now.
    pub now: SimTime,
    /// Which client sticks to which endpoint, on which node, and since when.
    pub affinity: PMap<Affinity, SimTime>,
    namespaces: PMap<Str, Rc<BTreeMap<Str, Str>>>,
    policies: PMap<Key, Rc<PolicyNet>>,
    ingresses: PMap<Key, Rc<IngressNet>>,
    ingress_classes: PMap<Str, Str>,
    certificates: PMap<Key, Option<Rc<Certificate>>>,
    nodes: PMap<Str, Rc<NodeNet>>,
    services: PMap<Key, Rc<ServiceNet>>,
    slices: PMap<Key, Rc<SliceNet>>,
    pods: PMap<Key, Rc<PodNet>>,
    hosts: PMap<IpAddr, Rc<ExternalHost>>,
    upstream: PMap<Str, Rc<Vec<UpstreamRecord>>>,
    rules: RuleTable,
    held: PMap<Str, RuleTable>,
    dirty: PSet<Key>,
    slices_of: PSet<(Key, Key)>,
    pod_by_ip: PMap<u128, Rc<PodNet>>,
    host_pods: PSet<(Str, Key)>,
    /// `hostPort`s: node, protocol and port to the pod and its own port.
    host_ports: PMap<HostPort, (Key, u16)>,
    node_by_ip: PMap<u128, Str>,
    node_by_gateway: PMap<u128, Str>,
}

impl NetView {
    /// An empty cluster.
    pub fn new(config: ClusterConfig) -> NetView {
        NetView {
            config: Rc::new(config),
            now: SimTime::ZERO,
            affinity: PMap::new(),
            namespaces: PMap::new(),
            policies: PMap::new(),
            ingresses: PMap::new(),
            ingress_classes: PMap::new(),
            certificates: PMap::new(),
            nodes: PMap::new(),
            services: PMap::new(),
            slices: PMap::new(),
            pods: PMap::new(),
            hosts: PMap::new(),
            upstream: PMap::new(),
            rules: RuleTable::default(),
            held: PMap::new(),
            dirty: PSet::new(),
            slices_of: PSet::new(),
            pod_by_ip: PMap::new(),
            host_pods: PSet::new(),
            host_ports: PMap::new(),
            node_by_ip: PMap::new(),
            node_by_gateway: PMap::new(),
        }
    }

    /// Adds a namespace with the one label that each has: names in it exist from now on.
    pub fn put_namespace(&mut self, name: &str) {
        self.label_namespace(name, BTreeMap::from([("kubernetes.io/metadata.name".into(), name.into())]));
    }

    /// Adds a namespace, or replaces its labels.
    pub fn label_namespace(&mut self, name: &str, labels: BTreeMap<Str, Str>) {
        self.namespaces.insert(name.into(), Rc::new(labels));
    }

    /// The labels of a namespace.
    pub fn namespace_labels(&self, name: &str) -> Option<&BTreeMap<Str, Str>> {
        self.namespaces.get(name).map(|labels| &**labels)
    }

    /// Adds or replaces a NetworkPolicy.
    pub fn put_policy(&mut self, policy: PolicyNet) {
        self.policies.insert(policy.key.clone(), Rc::new(policy));
    }

    /// Removes a NetworkPolicy.
    pub fn remove_policy(&mut self, key: &Key) {
        self.policies.remove(key);
    }

    /// Whether there is no NetworkPolicy at all.
    pub fn is_free(&self) -> bool {
        self.policies.is_empty()
    }

    /// The NetworkPolicies of a namespace.
    pub fn policies_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Rc<PolicyNet>> {
        self.policies
            .range(Key::new(namespace, "")..)
            .take_while(move |(key, _)| &*key.namespace == namespace)
            .map(|(_, policy)| policy)
    }

    /// Removes a namespace.
    pub fn remove_namespace(&mut self, name: &str) {
        self.namespaces.remove(name);
    }

    /// Adds or replaces an Ingress.
    pub fn put_ingress(&mut self, ingress: IngressNet) {
        self.ingresses.insert(ingress.key.clone(), Rc::new(ingress));
    }

    /// Removes an Ingress.
    pub fn remove_ingress(&mut self, key: &Key) {
        self.ingresses.remove(key);
    }

    /// All Ingresses by namespace and name, whoever acts on them.
    pub fn ingresses(&self) -> impl Iterator<Item = &Rc<IngressNet>> {
        self.ingresses.values()
    }

    /// Says which controller an IngressClass belongs to; `None` removes the class.
    pub fn set_ingress_class(&mut self, name: &Str, controller: Option<Str>) {
        match controller {
            Some(controller) => self.ingress_classes.insert(name.clone(), controller),
            None => self.ingress_classes.remove(name),
        };
    }

    /// The controller of an IngressClass.
    pub fn ingress_class(&self, name: &str) -> Option<&Str> {
        self.ingress_classes.get(name)
    }

    /// Says what certificate a Secret holds: `None` none, `Some(None)` something that is no certificate.
    pub fn set_certificate(&mut self, secret: &Key, found: Option<Option<Certificate>>) {
        match found {
            Some(found) => self.certificates.insert(secret.clone(), found.map(Rc::new)),
            None => self.certificates.remove(secret),
        };
    }

    /// The certificate of a Secret.
    pub fn certificate(&self, secret: &Key) -> Option<Option<&Rc<Certificate>>> {
        self.certificates.get(secret).map(Option::as_ref)
    }

    /// Adds or replaces a node.
    pub fn put_node(&mut self, node: NodeNet) {
        self.remove_node(&node.name.clone());
        for ip in [Some(node.ip), node.second_ip].into_iter().flatten() {
            self.node_by_ip.insert(number(ip), node.name.clone());
        }
        for gateway in node.gateways().into_iter().flatten() {
            self.node_by_gateway.insert(number(gateway), node.name.clone());
        }
        self.nodes.insert(node.name.clone(), Rc::new(node));
    }

    /// Removes a node.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(old) = self.nodes.remove(name) {
            for ip in [Some(old.ip), old.second_ip].into_iter().flatten() {
                self.node_by_ip.remove(&number(ip));
            }
            for gateway in old.gateways().into_iter().flatten() {
                self.node_by_gateway.remove(&number(gateway));
            }
        }
    }

    /// Adds or replaces a Service.
    pub fn put_service(&mut self, service: ServiceNet) {
        self.dirty.insert(service.key.clone());
        self.services.insert(service.key.clone(), Rc::new(service));
    }

    /// Removes a Service.
    pub fn remove_service(&mut self, key: &Key) {
        self.dirty.insert(key.clone());
        self.services.remove(key);
    }

    /// Adds or replaces an EndpointSlice.
    pub fn put_slice(&mut self, slice: SliceNet) {
        self.remove_slice(&slice.key.clone());
        if let Some(service) = &slice.service {
            let service = Key { namespace: slice.key.namespace.clone(), name: service.clone() };
            self.dirty.insert(service.clone());
            self.slices_of.insert((service, slice.key.clone()));
        }
        self.slices.insert(slice.key.clone(), Rc::new(slice));
    }

    /// Removes an EndpointSlice.
    pub fn remove_slice(&mut self, key: &Key) {
        let Some(old) = self.slices.remove(key) else { return };
        if let Some(service) = &old.service {
            let service = Key { namespace: key.namespace.clone(), name: service.clone() };
            self.dirty.insert(service.clone());
            self.slices_of.remove(&(service, key.clone()));
        }
    }

    /// Adds or replaces a pod.
    pub fn put_pod(&mut self, pod: PodNet) {
        self.remove_pod(&pod.key.clone());
        let pod = Rc::new(pod);
        match &pod.node {
            Some(node) if pod.host_network => {
                self.host_pods.insert((node.clone(), pod.key.clone()));
            }
            _ if pod.alive && matches!(pod.phase, Phase::Pending | Phase::Running) => {
                for ip in [pod.ip, pod.second_ip].into_iter().flatten() {
                    self.pod_by_ip.insert(number(ip), pod.clone());
                }
            }
            _ => {}
        }
        for (place, target) in host_ports(&pod) {
            self.host_ports.insert(place, target);
        }
        self.pods.insert(pod.key.clone(), pod);
    }

    /// Removes a pod.
    pub fn remove_pod(&mut self, key: &Key) {
        let Some(old) = self.pods.remove(key) else { return };
        for (place, target) in host_ports(&old) {
            if self.host_ports.get(&place) == Some(&target) {
                self.host_ports.remove(&place);
            }
        }
        if let Some(node) = &old.node {
            self.host_pods.remove(&(node.clone(), key.clone()));
        }
        for ip in [old.ip, old.second_ip].into_iter().flatten() {
            if self.pod_by_ip.get(&number(ip)).is_some_and(|holder| holder.key == *key) {
                self.pod_by_ip.remove(&number(ip));
            }
        }
    }

    /// Adds or replaces a machine outside.
    pub fn put_host(&mut self, host: ExternalHost) {
        self.hosts.insert(host.ip, Rc::new(host));
    }

    /// Adds a record to the DNS outside.
    pub fn put_upstream(&mut self, name: &str, record: UpstreamRecord) {
        let name: Str = name.to_ascii_lowercase().into();
        let mut records = self.upstream.get(&name).map(|records| (**records).clone()).unwrap_or_default();
        records.push(record);
        self.upstream.insert(name, Rc::new(records));
    }

    /// Compiles the rules of all Services that changed since the last call, and says which they were. Nodes that are held
    /// do not see the result.
    pub fn sync_proxies(&mut self) -> Vec<Key> {
        let dirty: Vec<Key> = std::mem::take(&mut self.dirty).into_iter().collect();
        for key in &dirty {
            let slices: Vec<Rc<SliceNet>> = self.slices_of(key).cloned().collect();
            self.rules.replace(key, self.services.get(key).map(|service| &**service), &slices);
            self.forget_clients(key);
        }
        dirty
    }

    /// A node remembers clients by endpoint, in lists that go with the endpoint's rules: one that comes back begins anew.
    fn forget_clients(&mut self, service: &Key) {
        if self.affinity.is_empty() {
            return;
        }
        let gone: Vec<Affinity> = self
            .affinity
            .keys()
            .filter(|one| one.port.service == *service && !self.is_held(&one.node) && !self.is_used(one))
            .cloned()
            .collect();
        for one in gone {
            self.affinity.remove(&one);
        }
    }

    /// Whether the rules of a node lead to the endpoint that a client sticks to.
    fn is_used(&self, one: &Affinity) -> bool {
        let zone = self.nodes.get(&one.node).and_then(|node| node.zone.as_deref());
        self.rules.service(&one.port.service).iter().filter(|rules| rules.name == one.port).any(|rules| {
            let choice = categorize(rules, &one.node, zone);
            let mut used = choice.cluster.iter().chain(choice.local);
            used.any(|i| rules.endpoints.get(*i as usize).is_some_and(|endpoint| endpoint.at == one.endpoint))
        })
    }

    /// Whether a Service or its slices changed since the proxies wrote their rules.
    pub fn is_ahead(&self, service: &Key) -> bool {
        self.dirty.contains(service)
    }

    /// From now on this node's rules stay as they are.
    pub fn hold_proxy(&mut self, node: &str) {
        if !self.held.contains_key(node) {
            self.held.insert(node.into(), self.rules.clone());
        }
    }

    /// This node's rules are up to date again.
    pub fn release_proxy(&mut self, node: &str) {
        self.held.remove(node);
    }

    /// Whether the node's rules are those of an earlier moment.
    pub fn is_held(&self, node: &str) -> bool {
        self.held.contains_key(node)
    }

    /// The rules that are in force on a node.
    pub fn rules(&self, node: &str) -> &RuleTable {
        self.held.get(node).unwrap_or(&self.rules)
    }

    /// The newest rules, whatever the nodes have.
    pub fn newest_rules(&self) -> &RuleTable {
        &self.rules
    }

    /// Whether the namespace exists: it was put in, or holds something.
    pub fn has_namespace(&self, name: &str) -> bool {
        self.namespaces.contains_key(name)
            || self.services_in(name).next().is_some()
            || self.pods_in(name).next().is_some()
    }

    /// The node called `name`.
    pub fn node(&self, name: &str) -> Option<&Rc<NodeNet>> {
        self.nodes.get(name)
    }

    /// All nodes by name.
    pub fn nodes(&self) -> impl Iterator<Item = &Rc<NodeNet>> {
        self.nodes.values()
    }

    /// The node whose own address, or whose address in the pod network, is `ip`.
    pub fn node_at(&self, ip: IpAddr) -> Option<&Rc<NodeNet>> {
        let name = self.node_by_ip.get(&number(ip)).or_else(|| self.node_by_gateway.get(&number(ip)))?;
        self.nodes.get(name)
    }

    /// The node whose block of pod addresses `ip` lies in; if the pod is known, the node that it runs on.
    pub fn node_of_pod_ip(&self, ip: IpAddr) -> Option<&Rc<NodeNet>> {
        self.node_of(self.pod_at(ip), ip)
    }

    /// The same for the pod that has the address, if one has.
    pub fn node_of(&self, pod: Option<&Rc<PodNet>>, ip: IpAddr) -> Option<&Rc<NodeNet>> {
        if let Some(node) = pod.and_then(|pod| pod.node.as_deref()) {
            return self.nodes.get(node);
        }
        self.config.is_pod_ip(ip).then(|| self.nodes.values().find(|node| node.is_pod_ip(ip))).flatten()
    }

    /// The Service with this key.
    pub fn service(&self, key: &Key) -> Option<&Rc<ServiceNet>> {
        self.services.get(key)
    }

    /// All Services.
    pub fn services(&self) -> impl Iterator<Item = &Rc<ServiceNet>> {
        self.services.values()
    }

    /// The Services of a namespace.
    pub fn services_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Rc<ServiceNet>> {
        self.services
            .range(Key::new(namespace, "")..)
            .take_while(move |(key, _)| &*key.namespace == namespace)
            .map(|(_, service)| service)
    }

    /// The Service that owns this ClusterIP.
    pub fn service_at(&self, ip: IpAddr) -> Option<&Rc<ServiceNet>> {
        // One that kube-proxy has no rules for (yet) has its address all the same.
        let without_rules = || {
            let mut services = self.services.values().filter(|_| self.config.is_service_ip(ip));
            services.find(|service| service.cluster_ips.contains(&ip))
        };
        self.rules.owner_of(ip).and_then(|key| self.services.get(key)).or_else(without_rules)
    }

    /// The EndpointSlices of a Service.
    pub fn slices_of<'a>(&'a self, service: &'a Key) -> impl Iterator<Item = &'a Rc<SliceNet>> {
        self.slices_of
            .range((service.clone(), Key::new("", ""))..)
            .take_while(move |(owner, _)| owner == service)
            .filter_map(|(_, slice)| self.slices.get(slice))
    }

    /// All EndpointSlices.
    pub fn slices(&self) -> impl Iterator<Item = &Rc<SliceNet>> {
        self.slices.values()
    }

    /// The pod with this key.
    pub fn pod(&self, key: &Key) -> Option<&Rc<PodNet>> {
        self.pods.get(key)
    }

    /// All pods.
    pub fn pods(&self) -> impl Iterator<Item = &Rc<PodNet>> {
        self.pods.values()
    }

    /// The pods of a namespace.
    pub fn pods_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Rc<PodNet>> {
        self.pods
            .range(Key::new(namespace, "")..)
            .take_while(move |(key, _)| &*key.namespace == namespace)
            .map(|(_, pod)| pod)
    }

    /// The pod (not in the host network) that has this address.
    pub fn pod_at(&self, ip: IpAddr) -> Option<&Rc<PodNet>> {
        self.pod_by_ip.get(&number(ip))
    }

    /// The pods that use the network of a node.
    pub fn host_pods<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Rc<PodNet>> {
        self.host_pods
            .range((Str::from(node), Key::new("", ""))..)
            .take_while(move |(owner, _)| &**owner == node)
            .filter_map(|(_, key)| self.pods.get(key))
    }

    /// Where the CNI sends what comes to a `hostPort` of a node.
    pub fn host_port(&self, node: &Str, protocol: Protocol, to: SocketAddr) -> Option<SocketAddr> {
        let (key, port) = self.host_ports.get(&(node.clone(), protocol, to.port()))?;
        Some(SocketAddr::new(self.pods.get(key)?.ip_of(Family::of(to.ip()))?, *port))
    }

    /// The machine outside that has this address.
    pub fn host(&self, ip: IpAddr) -> Option<&Rc<ExternalHost>> {
        self.hosts.get(&ip)
    }

    /// What the DNS outside has under `name` (lower case, no final dot).
    pub fn upstream(&self, name: &str) -> &[UpstreamRecord] {
        self.upstream.get(name).map_or(&[], |records| records)
    }

    /// Whether `name` is a proper ending of a name outside, so that it exists without having records.
    pub fn upstream_has_below(&self, name: &str) -> bool {
        self.upstream.keys().any(|known| known.strip_suffix(name).is_some_and(|front| front.ends_with('.')))
    }
}

/// The `hostPort`s of a pod that runs outside of the host network.
fn host_ports(pod: &PodNet) -> Vec<(HostPort, (Key, u16))> {
    let Some(node) = pod.node.as_ref().filter(|_| !pod.host_network && pod.alive && pod.ip.is_some()) else {
        return Vec::new();
    };
    let ports = pod.containers.iter().flat_map(|container| &container.ports);
    ports
        .filter_map(|port| Some(((node.clone(), port.protocol, port.host_port?), (pod.key.clone(), port.port))))
        .collect()
}

impl Default for ClusterConfig {
    /// The cluster of the recordings: `10.0.0.0/16` for Services, `10.244.0.0/16` for pods.
    fn default() -> ClusterConfig {
        let block = |a, b, len: u8| Cidr::of(IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)), len);
        ClusterConfig {
            service_cidr: block(10, 0, 16),
            pod_cidr: block(10, 244, 16),
            dns_ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 10)),
            domain: "cluster.local".into(),
            proxy_mode: ProxyMode::Iptables,
            masquerade_to_nodes: true,
            bridge: false,
            node_resolv: HostResolv {
                nameservers: vec![IpAddr::V4(Ipv4Addr::new(192, 168, 49, 1))],
                search: Vec::new(),
                authoritative: false,
            },
            balancers: true,
            layer2: false,
            balancer_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 200)),
            internet_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
            laptop_ip: IpAddr::V4(Ipv4Addr::new(192, 168, 49, 1)),
            surroundings: Surroundings::Open,
            routes: Vec::new(),
            second: None,
        }
    }
}
