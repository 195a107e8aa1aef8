//! Services and what stands behind them: EndpointSlices and Endpoints.

use crate::api::meta::Meta;
use crate::api::objects::pod::{IntOrString, Protocol};
use crate::base::{Str, Value};
use crate::{object, text_enum};
use std::collections::BTreeMap;

text_enum! {
    /// `spec.type`.
    pub enum ServiceType {
        /// A virtual address inside the cluster.
        ClusterIp = "ClusterIP",
        /// And a port on every node.
        NodePort = "NodePort",
        /// And an address outside.
        LoadBalancer = "LoadBalancer",
        /// A name for another name.
        ExternalName = "ExternalName",
    }

    /// `externalTrafficPolicy` and `internalTrafficPolicy`.
    pub enum TrafficPolicy {
        /// All endpoints.
        Cluster = "Cluster",
        /// Only those of the node that the packet is on.
        Local = "Local",
    }

    /// `sessionAffinity`.
    pub enum SessionAffinity {
        /// Each connection anew.
        None = "None",
        /// One client, one endpoint.
        ClientIp = "ClientIP",
    }

    /// The kind of addresses of a slice.
    pub enum AddressType {
        /// IPv4.
        Ipv4 = "IPv4",
        /// IPv6.
        Ipv6 = "IPv6",
        /// Names.
        Fqdn = "FQDN",
    }
}

object! {
    /// A Service.
    pub struct Service {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: ServiceSpec = "spec" always,
        /// The state.
        pub status: ServiceStatus = "status" always,
    }

    /// `spec` of a Service.
    pub struct ServiceSpec {
        /// The type.
        pub kind: ServiceType = "type" always,
        /// Which pods are endpoints; `None`: somebody else writes the endpoints.
        pub selector: Option<BTreeMap<Str, Str>> = "selector",
        /// Ports.
        pub ports: Vec<ServicePort> = "ports",
        /// The virtual address, or `None` for a headless Service.
        pub cluster_ip: Str = "clusterIP",
        /// The virtual addresses, one per family.
        pub cluster_ips: Vec<Str> = "clusterIPs",
        /// Families of addresses.
        pub ip_families: Vec<Str> = "ipFamilies",
        /// `SingleStack`.
        pub ip_family_policy: Option<Str> = "ipFamilyPolicy",
        /// Addresses that lead to this Service when packets for them reach a node.
        pub external_ips: Vec<Str> = "externalIPs",
        /// The name that an ExternalName Service stands for.
        pub external_name: Str = "externalName",
        /// Whether a client stays with its endpoint.
        pub session_affinity: SessionAffinity = "sessionAffinity" always,
        /// For how long.
        pub session_affinity_config: Option<Value> = "sessionAffinityConfig",
        /// Which endpoints serve traffic from outside.
        pub external_traffic_policy: Option<TrafficPolicy> = "externalTrafficPolicy",
        /// Which endpoints serve traffic from inside.
        pub internal_traffic_policy: Option<TrafficPolicy> = "internalTrafficPolicy",
        /// Whether a LoadBalancer gets node ports.
        pub allocate_load_balancer_node_ports: Option<bool> = "allocateLoadBalancerNodePorts",
        /// Who makes the load balancer.
        pub load_balancer_class: Option<Str> = "loadBalancerClass",
        /// A wish for the load balancer's address.
        pub load_balancer_ip: Str = "loadBalancerIP",
        /// Who may use the load balancer.
        pub load_balancer_source_ranges: Vec<Str> = "loadBalancerSourceRanges",
        /// Where nodes say whether they have an endpoint.
        pub health_check_node_port: i32 = "healthCheckNodePort",
        /// Whether endpoints that are not ready count.
        pub publish_not_ready_addresses: bool = "publishNotReadyAddresses",
        /// Which endpoints are preferred.
        pub traffic_distribution: Option<Str> = "trafficDistribution",
    }

    /// A port of a Service.
    pub struct ServicePort {
        /// The name; needed when there are several.
        pub name: Str = "name",
        /// The number at the virtual address.
        pub port: i32 = "port" always,
        /// The pods' port: a number, or a name that each pod resolves.
        pub target_port: IntOrString = "targetPort" always,
        /// The port on every node.
        pub node_port: i32 = "nodePort",
        /// The protocol.
        pub protocol: Protocol = "protocol" always,
        /// A hint of the protocol above.
        pub app_protocol: Option<Str> = "appProtocol",
    }

    /// `status` of a Service.
    pub struct ServiceStatus {
        /// The load balancer.
        pub load_balancer: LoadBalancerStatus = "loadBalancer" always,
    }

    /// `status.loadBalancer`.
    pub struct LoadBalancerStatus {
        /// Its addresses.
        pub ingress: Vec<LoadBalancerIngress> = "ingress",
    }

    /// An address of a load balancer.
    pub struct LoadBalancerIngress {
        /// The address.
        pub ip: Str = "ip",
        /// A name, instead of an address.
        pub hostname: Str = "hostname",
        /// `VIP` or `Proxy`.
        pub ip_mode: Option<Str> = "ipMode",
    }

    /// An EndpointSlice.
    pub struct EndpointSlice {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// What its addresses are.
        pub address_type: AddressType = "addressType" always,
        /// Endpoints.
        pub endpoints: Vec<Endpoint> = "endpoints" nullable,
        /// The ports that all its endpoints have.
        pub ports: Vec<EndpointPort> = "ports" nullable,
    }

    /// An endpoint of a slice.
    pub struct Endpoint {
        /// Its address (one, in practice).
        pub addresses: Vec<Str> = "addresses" always,
        /// Whether traffic may come.
        pub conditions: EndpointConditions = "conditions" always,
        /// The name below the Service's.
        pub hostname: Option<Str> = "hostname",
        /// The object behind it.
        pub target_ref: Option<ObjectReference> = "targetRef",
        /// Its node.
        pub node_name: Option<Str> = "nodeName",
        /// Its zone.
        pub zone: Option<Str> = "zone",
        /// For which zones and nodes it is meant.
        pub hints: Option<Value> = "hints",
    }

    /// `conditions` of an endpoint; what is not said means ready, serving, not terminating.
    pub struct EndpointConditions {
        /// Ready for traffic.
        pub ready: Option<bool> = "ready",
        /// Able to serve, be it terminating or not.
        pub serving: Option<bool> = "serving",
        /// About to go.
        pub terminating: Option<bool> = "terminating",
    }

    /// A port of a slice.
    pub struct EndpointPort {
        /// The Service port's name.
        pub name: Option<Str> = "name",
        /// The number at the endpoint.
        pub port: Option<i32> = "port",
        /// The protocol.
        pub protocol: Option<Protocol> = "protocol",
        /// A hint of the protocol above.
        pub app_protocol: Option<Str> = "appProtocol",
    }

    /// A reference to an object.
    pub struct ObjectReference {
        /// Its API version.
        pub api_version: Str = "apiVersion",
        /// Its kind.
        pub kind: Str = "kind",
        /// Its namespace.
        pub namespace: Str = "namespace",
        /// Its name.
        pub name: Str = "name",
        /// Its identity.
        pub uid: Str = "uid",
        /// The version meant.
        pub resource_version: Str = "resourceVersion",
        /// The part meant: `spec.containers{web}`.
        pub field_path: Str = "fieldPath",
    }

    /// Endpoints: the older form of slices.
    pub struct Endpoints {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// Addresses by their ports.
        pub subsets: Vec<EndpointSubset> = "subsets",
    }

    /// A subset: all its addresses have all its ports.
    pub struct EndpointSubset {
        /// Ready addresses.
        pub addresses: Vec<EndpointAddress> = "addresses",
        /// Addresses that are not ready.
        pub not_ready_addresses: Vec<EndpointAddress> = "notReadyAddresses",
        /// Ports.
        pub ports: Vec<SubsetPort> = "ports",
    }

    /// An address of a subset.
    pub struct EndpointAddress {
        /// The address.
        pub ip: Str = "ip" always,
        /// The name below the Service's.
        pub hostname: Str = "hostname",
        /// Its node.
        pub node_name: Option<Str> = "nodeName",
        /// The object behind it.
        pub target_ref: Option<ObjectReference> = "targetRef",
    }

    /// A port of a subset.
    pub struct SubsetPort {
        /// The Service port's name.
        pub name: Str = "name",
        /// The number.
        pub port: i32 = "port" always,
        /// The protocol.
        pub protocol: Protocol = "protocol" always,
        /// A hint of the protocol above.
        pub app_protocol: Option<Str> = "appProtocol",
    }
}

impl Service {
    /// Whether the Service has no virtual address on purpose.
    pub fn is_headless(&self) -> bool {
        &*self.spec.cluster_ip == "None"
    }
}
