//! The plain data that routing looks at. Built by an adapter from the stored objects, or by hand in a test.

use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::network::addr::{Cidr, Protocol};
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
    /// The block its pods' addresses come from.
    pub pod_cidr: Option<Cidr>,
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
    /// The node's address in its pods' network.
    pub fn gateway(&self) -> Option<IpAddr> {
        self.pod_cidr.map(|cidr| cidr.nth(1))
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

/// `status.phase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not started.
    Pending,
    /// Started.
    #[default]
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
}

/// `dnsPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsPolicy {
    /// The cluster's DNS first: the default (`Default` for pods in the host network).
    #[default]
    ClusterFirst,
    /// The cluster's DNS even in the host network.
    ClusterFirstWithHostNet,
    /// The node's own.
    Default,
    /// Only what dnsConfig says.
    None,
}

/// `dnsConfig`.
#[derive(Clone, Debug, Default)]
pub struct DnsConfig {
    /// `nameservers`.
    pub nameservers: Vec<IpAddr>,
    /// `searches`.
    pub searches: Vec<Str>,
    /// `options`: name and value.
    pub options: Vec<(Str, Option<Str>)>,
}

/// A declared port of a container.
#[derive(Clone, Debug)]
pub struct ContainerPort {
    /// Its name; empty when it has none.
    pub name: Str,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// `containerPort`.
    pub port: u16,
    /// `hostPort`.
    pub host_port: Option<u16>,
}

/// Where a process listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bind {
    /// On all addresses of the pod.
    #[default]
    Any,
    /// On 127.0.0.1 only.
    Loopback,
}

/// What a process does with a connection.
#[derive(Clone, Debug)]
pub enum Speaks {
    /// Answers HTTP; the first handler that fits answers, none fitting is a 404.
    Http(Vec<HttpHandler>),
    /// The same behind TLS; the names its certificate is valid for, and whether a client trusts it.
    Https {
        /// DNS names of the certificate.
        names: Vec<Str>,
        /// Whether a public authority signed it.
        trusted: bool,
        /// As for `Http`.
        handlers: Vec<HttpHandler>,
    },
    /// Sends this text and closes: any other protocol. Placeholders as in [`HttpHandler::body`].
    Raw(Str),
    /// Accepts and never answers (a frozen process, a deadlock).
    Nothing,
    /// Accepts and resets.
    Resets,
}

/// One answer of an HTTP server.
#[derive(Clone, Debug)]
pub struct HttpHandler {
    /// The `Host` header it is for; `None` is any.
    pub host: Option<Str>,
    /// The path that it is for; one that ends in `*` is for all that begin so; empty is any.
    pub path: Str,
    /// The status code.
    pub status: u16,
    /// Response headers; templates like the body.
    pub headers: Vec<(Str, Str)>,
    /// The body, a template as `kubelet::behaviour::Facts::fill` fills in.
    pub body: Str,
    /// How long the answer takes.
    pub delay: Duration,
}

/// A listening socket.
#[derive(Clone, Debug)]
pub struct Listener {
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// Its port.
    pub port: u16,
    /// Its address.
    pub bind: Bind,
    /// What it does.
    pub speaks: Speaks,
}

/// A container.
#[derive(Clone, Debug)]
pub struct ContainerNet {
    /// Its name.
    pub name: Str,
    /// Its image, for sentences such as "nginx listens on 80".
    pub image: Str,
    /// Its declared ports: information only.
    pub ports: Vec<ContainerPort>,
    /// What it really listens on while it runs.
    pub listeners: Vec<Listener>,
    /// Whether it runs now.
    pub running: bool,
    /// Why it waits: `CrashLoopBackOff`, `ImagePullBackOff`.
    pub waiting: Option<Str>,
}

/// A pod.
#[derive(Clone, Debug)]
pub struct PodNet {
    /// Namespace and name.
    pub key: Key,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its node.
    pub node: Option<Str>,
    /// Whether it uses the node's network.
    pub host_network: bool,
    /// Its labels.
    pub labels: BTreeMap<Str, Str>,
    /// Whether its Ready condition is True.
    pub ready: bool,
    /// Why it is not ready, where somebody knows better than its phase.
    pub why_not_ready: Option<Msg>,
    /// `status.phase`.
    pub phase: Phase,
    /// Whether it has a deletionTimestamp.
    pub terminating: bool,
    /// Its containers (and sidecars).
    pub containers: Vec<ContainerNet>,
    /// `dnsPolicy`.
    pub dns_policy: DnsPolicy,
    /// `dnsConfig`.
    pub dns_config: DnsConfig,
    /// `spec.hostname`.
    pub hostname: Option<Str>,
    /// `spec.subdomain`.
    pub subdomain: Option<Str>,
    /// Whether its network namespace exists on the node, whatever the API says: without it nobody has its address.
    pub alive: bool,
    /// The workload at the top of its owners (a Deployment, not its ReplicaSet): where its labels and ports are written.
    pub workload: Option<ObjectRef>,
}

impl PodNet {
    /// The sockets of the running containers.
    pub fn listeners(&self) -> impl Iterator<Item = (&ContainerNet, &Listener)> {
        self.containers
            .iter()
            .filter(|container| self.alive && container.running)
            .flat_map(|container| container.listeners.iter().map(move |listener| (container, listener)))
    }

    /// What `hostname` prints in it.
    pub fn host_name(&self) -> &str {
        let name = self.hostname.as_deref().unwrap_or(&self.key.name);
        name.get(..63).unwrap_or(name)
    }
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
