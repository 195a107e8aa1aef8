//! Reading the network's part of objects as the API server stores them.
//!
//! What an object does not say, or says in a form that the API server would not have accepted, is left out.

use super::{
    ContainerNet, ContainerPort, DnsConfig, DnsPolicy, Ingress, Key, NodeNet, Phase, PodNet, ServiceNet, ServicePort,
    ServiceType, SliceEndpoint, SliceNet, SlicePort, TargetPort, TrafficPolicy,
};
use crate::base::{Str, Value};
use crate::network::addr::{Cidr, Family, Protocol};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The label that ties an EndpointSlice to its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// A node's zone.
const ZONE: &str = "topology.kubernetes.io/zone";

/// The label that leaves a Service to another proxy.
const PROXY_NAME: &str = "/metadata/labels/service.kubernetes.io~1service-proxy-name";

fn text(value: &Value, pointer: &str) -> Option<Str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(Str::from)
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn strings<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a str> {
    list(value, pointer).filter_map(Value::as_str)
}

fn number<T: TryFrom<u64>>(value: &Value, pointer: &str) -> Option<T> {
    value.pointer(pointer)?.as_u64()?.try_into().ok()
}

fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

fn map(value: &Value, pointer: &str) -> Option<BTreeMap<Str, Str>> {
    let fields = value.pointer(pointer)?.as_object()?;
    Some(fields.iter().map(|(key, value)| (key.as_str().into(), value.as_str().unwrap_or_default().into())).collect())
}

fn protocol(value: &Value) -> Protocol {
    value.pointer("/protocol").and_then(Value::as_str).and_then(Protocol::parse).unwrap_or_default()
}

fn key(value: &Value) -> Option<Key> {
    let name = text(value, "/metadata/name")?;
    Some(Key { namespace: text(value, "/metadata/namespace").unwrap_or_else(|| "default".into()), name })
}

fn policy(value: &Value, pointer: &str) -> TrafficPolicy {
    match value.pointer(pointer).and_then(Value::as_str) {
        Some("Local") => TrafficPolicy::Local,
        _ => TrafficPolicy::Cluster,
    }
}

impl ServiceNet {
    /// Reads a Service.
    pub fn from_object(object: &Value) -> Option<ServiceNet> {
        let cluster_ip = text(object, "/spec/clusterIP");
        let all = strings(object, "/spec/clusterIPs").chain(cluster_ip.as_deref());
        let mut cluster_ips = Vec::new();
        for ip in all.filter_map(|ip| ip.parse().ok()) {
            if !cluster_ips.contains(&ip) {
                cluster_ips.push(ip);
            }
        }
        let affinity = (text(object, "/spec/sessionAffinity").as_deref() == Some("ClientIP"))
            .then(|| number(object, "/spec/sessionAffinityConfig/clientIP/timeoutSeconds").unwrap_or(10_800));
        Some(ServiceNet {
            key: key(object)?,
            kind: ServiceType::parse(text(object, "/spec/type").as_deref().unwrap_or_default()),
            headless: cluster_ip.as_deref() == Some("None")
                || strings(object, "/spec/clusterIPs").any(|ip| ip == "None"),
            cluster_ips,
            other_proxy: object.pointer(PROXY_NAME).and_then(Value::as_str).map(Str::from),
            ports: list(object, "/spec/ports").filter_map(service_port).collect(),
            external_ips: strings(object, "/spec/externalIPs").filter_map(|ip| ip.parse().ok()).collect(),
            ingress: list(object, "/status/loadBalancer/ingress")
                .map(|ingress| Ingress {
                    ip: text(ingress, "/ip").and_then(|ip| ip.parse().ok()),
                    hostname: text(ingress, "/hostname"),
                    proxy_mode: text(ingress, "/ipMode").as_deref() == Some("Proxy"),
                })
                .collect(),
            internal: policy(object, "/spec/internalTrafficPolicy"),
            external: policy(object, "/spec/externalTrafficPolicy"),
            affinity,
            source_ranges: strings(object, "/spec/loadBalancerSourceRanges")
                .filter_map(|range| Cidr::parse(range.trim()))
                .collect(),
            balancer_class: text(object, "/spec/loadBalancerClass"),
            distribution: text(object, "/spec/trafficDistribution"),
            publish_not_ready: flag(object, "/spec/publishNotReadyAddresses"),
            external_name: text(object, "/spec/externalName"),
            health_check_node_port: number(object, "/spec/healthCheckNodePort").filter(|port| *port > 0),
            selector: map(object, "/spec/selector").filter(|selector| !selector.is_empty()),
        })
    }
}

fn service_port(value: &Value) -> Option<ServicePort> {
    let port = number(value, "/port")?;
    let target = match value.pointer("/targetPort") {
        Some(Value::String(name)) => TargetPort::Name(name.as_str().into()),
        Some(other) => other
            .as_u64()
            .and_then(|n| n.try_into().ok())
            .filter(|n| *n > 0)
            .map_or(TargetPort::Number(port), TargetPort::Number),
        None => TargetPort::Number(port),
    };
    Some(ServicePort {
        name: text(value, "/name").unwrap_or_default(),
        protocol: protocol(value),
        port,
        target,
        node_port: number(value, "/nodePort").filter(|port| *port > 0),
        app_protocol: text(value, "/appProtocol"),
    })
}

impl SliceNet {
    /// Reads an EndpointSlice of addresses.
    pub fn from_object(object: &Value) -> Option<SliceNet> {
        let labels = map(object, "/metadata/labels").unwrap_or_default();
        let names = |value: &Value, pointer: &str| -> Vec<Str> {
            list(value, pointer).filter_map(|hint| text(hint, "/name")).collect()
        };
        let condition =
            |value: &Value, name: &str| value.pointer(&format!("/conditions/{name}")).and_then(Value::as_bool);
        Some(SliceNet {
            key: key(object)?,
            service: labels.get(SERVICE_NAME).filter(|name| !name.is_empty()).cloned(),
            ports: list(object, "/ports")
                .map(|port| SlicePort {
                    name: text(port, "/name").unwrap_or_default(),
                    protocol: protocol(port),
                    port: number(port, "/port"),
                })
                .collect(),
            endpoints: list(object, "/endpoints")
                .map(|endpoint| SliceEndpoint {
                    addresses: strings(endpoint, "/addresses").filter_map(|ip| ip.parse().ok()).collect(),
                    ready: condition(endpoint, "ready"),
                    serving: condition(endpoint, "serving"),
                    terminating: condition(endpoint, "terminating"),
                    hostname: text(endpoint, "/hostname"),
                    node: text(endpoint, "/nodeName"),
                    zone: text(endpoint, "/zone"),
                    for_zones: names(endpoint, "/hints/forZones"),
                    for_nodes: names(endpoint, "/hints/forNodes"),
                    pod: endpoint
                        .pointer("/targetRef")
                        .filter(|target| text(target, "/kind").as_deref() == Some("Pod"))
                        .and_then(|target| {
                            let namespace = text(target, "/namespace").or_else(|| text(object, "/metadata/namespace"));
                            Some(Key { namespace: namespace?, name: text(target, "/name")? })
                        }),
                })
                .collect(),
        })
    }
}

/// The first address that is of another family than the first one.
pub(super) fn second_of(first: IpAddr, all: impl IntoIterator<Item = IpAddr>) -> Option<IpAddr> {
    all.into_iter().find(|ip| Family::of(*ip) != Family::of(first))
}

impl NodeNet {
    /// Reads a Node. That the machine and its kube-proxy run is taken for granted.
    pub fn from_object(object: &Value) -> Option<NodeNet> {
        let labels = map(object, "/metadata/labels").unwrap_or_default();
        let addresses: Vec<IpAddr> = list(object, "/status/addresses")
            .filter(|address| text(address, "/type").as_deref() == Some("InternalIP"))
            .filter_map(|address| text(address, "/address")?.parse().ok())
            .collect();
        let address = *addresses.first()?;
        let blocks = || strings(object, "/spec/podCIDRs").filter_map(Cidr::parse);
        let pod_cidr = text(object, "/spec/podCIDR").and_then(|cidr| Cidr::parse(&cidr));
        let ready = list(object, "/status/conditions")
            .find(|condition| text(condition, "/type").as_deref() == Some("Ready"))
            .is_some_and(|condition| text(condition, "/status").as_deref() == Some("True"));
        let tainted = list(object, "/spec/taints")
            .any(|taint| text(taint, "/key").as_deref() == Some("ToBeDeletedByClusterAutoscaler"));
        Some(NodeNet {
            name: text(object, "/metadata/name")?,
            ip: address,
            second_ip: second_of(address, addresses),
            pod_cidr,
            second_pod_cidr: blocks().find(|block| pod_cidr.is_some_and(|first| first.family() != block.family())),
            zone: labels.get(ZONE).cloned(),
            labels,
            ready,
            up: true,
            proxy_running: true,
            leaving: tainted || object.pointer("/metadata/deletionTimestamp").is_some(),
        })
    }
}

impl PodNet {
    /// Reads a Pod. What its containers listen on and which workload is at the top
    /// of its owners, is not in the object: it has to be filled in.
    pub fn from_object(object: &Value) -> Option<PodNet> {
        let phase = match text(object, "/status/phase").as_deref() {
            Some("Running") => Phase::Running,
            Some("Succeeded") => Phase::Succeeded,
            Some("Failed") => Phase::Failed,
            _ => Phase::Pending,
        };
        let ip: Option<IpAddr> = text(object, "/status/podIP").and_then(|ip| ip.parse().ok());
        let is_sidecar = |container: &&Value| text(container, "/restartPolicy").as_deref() == Some("Always");
        let containers = list(object, "/spec/containers")
            .map(|container| (container, "/status/containerStatuses"))
            .chain(
                list(object, "/spec/initContainers")
                    .filter(is_sidecar)
                    .map(|one| (one, "/status/initContainerStatuses")),
            )
            .filter_map(|(container, statuses)| read_container(object, container, statuses))
            .collect();
        Some(PodNet {
            key: key(object)?,
            ip,
            second_ip: ip.and_then(|ip| {
                let all = list(object, "/status/podIPs").filter_map(|entry| text(entry, "/ip")?.parse().ok());
                second_of(ip, all)
            }),
            node: text(object, "/spec/nodeName"),
            host_network: flag(object, "/spec/hostNetwork"),
            labels: map(object, "/metadata/labels").unwrap_or_default(),
            ready: list(object, "/status/conditions").any(|one| {
                text(one, "/type").as_deref() == Some("Ready") && text(one, "/status").as_deref() == Some("True")
            }),
            why_not_ready: None,
            phase,
            terminating: object.pointer("/metadata/deletionTimestamp").is_some(),
            containers,
            dns_policy: match text(object, "/spec/dnsPolicy").as_deref() {
                Some("ClusterFirstWithHostNet") => DnsPolicy::ClusterFirstWithHostNet,
                Some("Default") => DnsPolicy::Default,
                Some("None") => DnsPolicy::None,
                _ => DnsPolicy::ClusterFirst,
            },
            dns_config: DnsConfig {
                nameservers: strings(object, "/spec/dnsConfig/nameservers").filter_map(|ip| ip.parse().ok()).collect(),
                searches: strings(object, "/spec/dnsConfig/searches").map(Str::from).collect(),
                options: list(object, "/spec/dnsConfig/options")
                    .filter_map(|option| Some((text(option, "/name")?, text(option, "/value"))))
                    .collect(),
            },
            host_aliases: list(object, "/spec/hostAliases").filter_map(super::from_pod::host_alias).collect(),
            hostname: text(object, "/spec/hostname"),
            subdomain: text(object, "/spec/subdomain"),
            alive: matches!(phase, Phase::Running | Phase::Pending),
            workload: None,
        })
    }
}

fn read_container(object: &Value, container: &Value, statuses: &str) -> Option<ContainerNet> {
    let name = text(container, "/name")?;
    let status = list(object, statuses).find(|status| text(status, "/name").as_ref() == Some(&name));
    Some(ContainerNet {
        image: text(container, "/image").unwrap_or_default(),
        ports: list(container, "/ports")
            .filter_map(|port| {
                Some(ContainerPort {
                    name: text(port, "/name").unwrap_or_default(),
                    protocol: protocol(port),
                    port: number(port, "/containerPort")?,
                    host_port: number(port, "/hostPort").filter(|port| *port > 0),
                })
            })
            .collect(),
        listeners: Vec::new(),
        starting: false,
        running: status.is_some_and(|status| status.pointer("/state/running").is_some()),
        waiting: status.and_then(|status| text(status, "/state/waiting/reason")),
        name,
    })
}
