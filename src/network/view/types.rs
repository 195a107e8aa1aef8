//! The plain data that routing looks at. Built by an adapter from the stored objects, or by hand in a test.

use super::Listener;
use crate::base::Str;
use crate::network::addr::{Cidr, Family, Protocol};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// Namespace and name of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Key {
    /// The namespace; empty for objects of the cluster.
    pub namespace: Str,
    /// The name.
    pub name: Str,
}

impl Key {
    /// The key of `namespace/name`.
    pub fn new(namespace: &str, name: &str) -> Key {
        Key { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// An object that a hop or a diagnosis points at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// For example `Service`.
    pub kind: &'static str,
    /// Which one.
    pub key: Key,
}

impl ObjectRef {
    /// The object of `kind` called `key`.
    pub fn new(kind: &'static str, key: &Key) -> ObjectRef {
        ObjectRef { kind, key: key.clone() }
    }

    /// A node.
    pub fn node(name: &str) -> ObjectRef {
        ObjectRef { kind: "Node", key: Key::new("", name) }
    }
}

/// How kube-proxy programs the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyMode {
    /// The default.
    #[default]
    Iptables,
    /// `mode: nftables`.
    Nftables,
}

/// What lies between the cluster and a client outside of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surroundings {
    /// Nodes have addresses that a client outside reaches.
    #[default]
    Open,
    /// Nodes are virtual machines or containers on the laptop: it reaches them, the internet does not (minikube, kind on Linux).
    Laptop,
    /// Nodes are containers inside a virtual machine: not even the laptop reaches them without a port mapping (kind on macOS).
    Boxed,
}

/// What a cluster has of IPv6 beside IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFamily {
    /// Where ClusterIPs come from.
    pub service_cidr: Cidr,
    /// Where pod addresses come from.
    pub pod_cidr: Cidr,
    /// The client called "internet".
    pub internet_ip: IpAddr,
    /// The client called "laptop".
    pub laptop_ip: IpAddr,
    /// The address from which a proxying balancer opens its connections.
    pub balancer_ip: IpAddr,
}

/// What the cluster was set up with.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// Where ClusterIPs come from.
    pub service_cidr: Cidr,
    /// Where pod addresses come from: kube-proxy's `clusterCIDR`.
    pub pod_cidr: Cidr,
    /// The ClusterIP of the DNS Service, as the kubelet writes it into resolv.conf.
    pub dns_ip: IpAddr,
    /// `cluster.local`.
    pub domain: Str,
    /// iptables or nftables.
    pub proxy_mode: ProxyMode,
    /// Whether the CNI gives pod traffic to node addresses the node's own address as its source (most do).
    pub masquerade_to_nodes: bool,
    /// Whether nodes have a bridge for pods, so that an unused pod address is noticed (`no route to host`) and not lost.
    pub bridge: bool,
    /// The nodes' own resolv.conf.
    pub node_resolv: HostResolv,
    /// Whether something makes load balancers (a cloud, MetalLB).
    pub balancers: bool,
    /// Whether those are addresses that one node announces in its network (MetalLB's layer 2) instead of machines.
    pub layer2: bool,
    /// The address from which a proxying balancer (`ipMode: Proxy`) opens its connections.
    pub balancer_ip: IpAddr,
    /// The client called "internet".
    pub internet_ip: IpAddr,
    /// The client called "laptop": a machine in the nodes' network.
    pub laptop_ip: IpAddr,
    /// Who outside reaches the nodes.
    pub surroundings: Surroundings,
    /// Blocks that the network outside sends to a node, for example the service CIDR.
    pub routes: Vec<(Cidr, Str)>,
    /// IPv6, in a cluster with both families.
    pub second: Option<SecondFamily>,
}

impl ClusterConfig {
    /// Whether an address is one for Services.
    pub fn is_service_ip(&self, ip: IpAddr) -> bool {
        self.service_cidr.contains(ip) || self.second.is_some_and(|second| second.service_cidr.contains(ip))
    }

    /// The address of a family from which a proxying balancer opens its connections.
    pub fn balancer_ip_of(&self, family: Family) -> Option<IpAddr> {
        family.pick([Some(self.balancer_ip), self.second.map(|second| second.balancer_ip)])
    }

    /// Whether an address is one for pods.
    pub fn is_pod_ip(&self, ip: IpAddr) -> bool {
        self.pod_cidr.contains(ip) || self.second.is_some_and(|second| second.pod_cidr.contains(ip))
    }
}

/// The nodes' own resolver settings.
#[derive(Clone, Debug, Default)]
pub struct HostResolv {
    /// Name servers.
    pub nameservers: Vec<IpAddr>,
    /// Search domains.
    pub search: Vec<Str>,
    /// Whether that server owns the names it answers for, instead of looking them up for others as most do.
    pub authoritative: bool,
}

/// A node, as the network sees it.
#[derive(Clone, Debug)]
pub struct NodeNet {
    /// Its name.
    pub name: Str,
    /// Its InternalIP.
    pub ip: IpAddr,
    /// Its InternalIP of the other family.
    pub second_ip: Option<IpAddr>,
    /// The block its pods' addresses come from.
    pub pod_cidr: Option<Cidr>,
    /// The one of the other family.
    pub second_pod_cidr: Option<Cidr>,
    /// `topology.kubernetes.io/zone`.
    pub zone: Option<Str>,
    /// Its labels.
    pub labels: BTreeMap<Str, Str>,
    /// Whether its Ready condition is True.
    pub ready: bool,
    /// Whether the machine runs: packets to a machine that is off are lost.
    pub up: bool,
    /// Whether kube-proxy runs there; stopped, its old rules stay in force.
    pub proxy_running: bool,
    /// Whether it is about to go (deleted, or tainted `ToBeDeletedByClusterAutoscaler`): balancers stop using it.
    pub leaving: bool,
}

impl NodeNet {
    /// Its own address of a family.
    pub fn ip_of(&self, family: Family) -> Option<IpAddr> {
        family.pick([Some(self.ip), self.second_ip])
    }

    /// The node's address of a family in its pods' network.
    pub fn gateway_of(&self, family: Family) -> Option<IpAddr> {
        family.pick(self.gateways())
    }

    /// The node's addresses in its pods' network.
    pub fn gateways(&self) -> [Option<IpAddr>; 2] {
        [self.pod_cidr, self.second_pod_cidr].map(|cidr| cidr.map(|cidr| cidr.nth(1)))
    }

    /// Whether it has this address, be it in its pods' network.
    pub fn has(&self, ip: IpAddr) -> bool {
        let is_gateway =
            |block: Option<Cidr>| block.is_some_and(|block| block.family() == Family::of(ip) && block.nth(1) == ip);
        ip == self.ip || Some(ip) == self.second_ip || is_gateway(self.pod_cidr) || is_gateway(self.second_pod_cidr)
    }

    /// Whether an address is one for its pods.
    pub fn is_pod_ip(&self, ip: IpAddr) -> bool {
        [self.pod_cidr, self.second_pod_cidr].into_iter().flatten().any(|cidr| cidr.contains(ip))
    }
}

/// `spec.type` of a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceType {
    /// `ClusterIP`, headless or not.
    #[default]
    ClusterIp,
    /// `NodePort`.
    NodePort,
    /// `LoadBalancer`.
    LoadBalancer,
    /// `ExternalName`.
    ExternalName,
}

impl ServiceType {
    /// Reads `spec.type`; what is unknown or missing is `ClusterIP`.
    pub fn parse(text: &str) -> ServiceType {
        match text {
            "NodePort" => ServiceType::NodePort,
            "LoadBalancer" => ServiceType::LoadBalancer,
            "ExternalName" => ServiceType::ExternalName,
            _ => ServiceType::ClusterIp,
        }
    }
}

/// `internalTrafficPolicy` and `externalTrafficPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrafficPolicy {
    /// All endpoints.
    #[default]
    Cluster,
    /// Only endpoints on the node that handles the packet.
    Local,
}

/// `targetPort`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a container port.
    Name(Str),
}

impl fmt::Display for TargetPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetPort::Number(number) => write!(f, "{number}"),
            TargetPort::Name(name) => write!(f, "{name}"),
        }
    }
}

/// A port of a Service.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// Its name; empty when it has none.
    pub name: Str,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// The port of the Service itself.
    pub port: u16,
    /// The port of the pods.
    pub target: TargetPort,
    /// The port on every node.
    pub node_port: Option<u16>,
    /// `appProtocol`.
    pub app_protocol: Option<Str>,
}

/// One entry of `status.loadBalancer.ingress`.
#[derive(Clone, Debug, Default)]
pub struct Ingress {
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its host name.
    pub hostname: Option<Str>,
    /// `ipMode: Proxy`; otherwise `VIP`.
    pub proxy_mode: bool,
}

/// A Service.
#[derive(Clone, Debug)]
pub struct ServiceNet {
    /// Namespace and name.
    pub key: Key,
    /// `spec.type`.
    pub kind: ServiceType,
    /// `spec.clusterIPs` without `None`.
    pub cluster_ips: Vec<IpAddr>,
    /// `clusterIP: None`.
    pub headless: bool,
    /// The label `service.kubernetes.io/service-proxy-name`: another proxy writes its rules.
    pub other_proxy: Option<Str>,
    /// `spec.ports`.
    pub ports: Vec<ServicePort>,
    /// `spec.externalIPs`.
    pub external_ips: Vec<IpAddr>,
    /// `status.loadBalancer.ingress`.
    pub ingress: Vec<Ingress>,
    /// `spec.internalTrafficPolicy`.
    pub internal: TrafficPolicy,
    /// `spec.externalTrafficPolicy`.
    pub external: TrafficPolicy,
    /// With `sessionAffinity: ClientIP`, its timeout in seconds.
    pub affinity: Option<u32>,
    /// `spec.loadBalancerSourceRanges`.
    pub source_ranges: Vec<Cidr>,
    /// `spec.loadBalancerClass`.
    pub balancer_class: Option<Str>,
    /// `spec.trafficDistribution`.
    pub distribution: Option<Str>,
    /// `spec.publishNotReadyAddresses`.
    pub publish_not_ready: bool,
    /// `spec.externalName`.
    pub external_name: Option<Str>,
    /// `spec.healthCheckNodePort`.
    pub health_check_node_port: Option<u16>,
    /// `spec.selector`; `None` when the Service has none (its endpoints are the user's).
    pub selector: Option<BTreeMap<Str, Str>>,
}

/// A port of an EndpointSlice.
#[derive(Clone, Debug)]
pub struct SlicePort {
    /// Its name; empty when it has none.
    pub name: Str,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// The number; missing means any.
    pub port: Option<u16>,
}

/// An endpoint of an EndpointSlice.
#[derive(Clone, Debug, Default)]
pub struct SliceEndpoint {
    /// Its addresses (all the same host).
    pub addresses: Vec<IpAddr>,
    /// `conditions.ready`.
    pub ready: Option<bool>,
    /// `conditions.serving`.
    pub serving: Option<bool>,
    /// `conditions.terminating`.
    pub terminating: Option<bool>,
    /// `hostname`.
    pub hostname: Option<Str>,
    /// `nodeName`.
    pub node: Option<Str>,
    /// `zone`.
    pub zone: Option<Str>,
    /// `hints.forZones`.
    pub for_zones: Vec<Str>,
    /// `hints.forNodes`.
    pub for_nodes: Vec<Str>,
    /// The pod of `targetRef`.
    pub pod: Option<Key>,
}

/// An EndpointSlice.
#[derive(Clone, Debug)]
pub struct SliceNet {
    /// Namespace and name.
    pub key: Key,
    /// The label `kubernetes.io/service-name`: without it nobody uses the slice.
    pub service: Option<Str>,
    /// `ports`.
    pub ports: Vec<SlicePort>,
    /// `endpoints`.
    pub endpoints: Vec<SliceEndpoint>,
}

/// A machine outside the cluster.
#[derive(Clone, Debug)]
pub struct ExternalHost {
    /// Its address.
    pub ip: IpAddr,
    /// What it calls itself.
    pub name: Str,
    /// What it listens on.
    pub listeners: Vec<Listener>,
}

/// A record of the DNS outside the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamRecord {
    /// An address.
    Address(IpAddr),
    /// Another name.
    Alias(Str),
}
