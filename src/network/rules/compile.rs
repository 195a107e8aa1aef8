//! From a Service and its EndpointSlices to rules.
//!
//! Models pkg/proxy/serviceport.go `newBaseServiceInfo` and pkg/proxy/endpointslicecache.go.

use super::{Endpoint, PortName, PortRules};
use crate::base::Str;
use crate::network::addr::{Cidr, Protocol};
use crate::network::view::{ServiceNet, ServiceType, SliceNet};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// The rules of every port; none for Services that kube-proxy ignores (headless, ExternalName, no ClusterIP).
pub(super) fn ports(service: &ServiceNet, slices: &[Rc<SliceNet>]) -> Vec<PortRules> {
    if service.kind == ServiceType::ExternalName || service.headless || service.cluster_ips.is_empty() {
        return Vec::new();
    }
    let has_node_ports = matches!(service.kind, ServiceType::NodePort | ServiceType::LoadBalancer);
    let balancer_ips: Vec<IpAddr> = match service.kind {
        ServiceType::LoadBalancer => {
            service.ingress.iter().filter(|ingress| !ingress.proxy_mode).filter_map(|ingress| ingress.ip).collect()
        }
        _ => Vec::new(),
    };
    let source_ranges = match service.source_ranges.iter().any(Cidr::is_everything) {
        true => Vec::new(),
        false => service.source_ranges.clone(),
    };
    service
        .ports
        .iter()
        .map(|port| PortRules {
            name: PortName { service: service.key.clone(), port: port.name.clone() },
            protocol: port.protocol,
            port: port.port,
            node_port: port.node_port.filter(|_| has_node_ports),
            cluster_ips: service.cluster_ips.clone(),
            external_ips: service.external_ips.clone(),
            balancer_ips: balancer_ips.clone(),
            source_ranges: source_ranges.clone(),
            internal: service.internal,
            external: service.external,
            affinity: service.affinity,
            health_check_node_port: service.health_check_node_port,
            endpoints: endpoints(slices, &port.name, port.protocol).into(),
        })
        .collect()
}

/// The endpoints that the slices give for one port, in the order of kube-proxy's rules.
pub fn endpoints(slices: &[Rc<SliceNet>], port: &Str, protocol: Protocol) -> Vec<Endpoint> {
    let mut found: BTreeMap<String, Endpoint> = BTreeMap::new();
    for slice in slices {
        let numbers = slice
            .ports
            .iter()
            .filter(|offered| offered.name == *port && offered.protocol == protocol)
            .filter_map(|offered| offered.port);
        for number in numbers {
            for endpoint in &slice.endpoints {
                // Upstream uses the first address only: the others are the same host by another way.
                let Some(ip) = endpoint.addresses.first() else { continue };
                let at = SocketAddr::new(*ip, number);
                let entry = Endpoint {
                    at,
                    ready: endpoint.ready.unwrap_or(true),
                    serving: endpoint.serving.unwrap_or(true),
                    terminating: endpoint.terminating.unwrap_or(false),
                    node: endpoint.node.clone(),
                    zone: endpoint.zone.clone(),
                    for_zones: endpoint.for_zones.clone(),
                    for_nodes: endpoint.for_nodes.clone(),
                    pod: endpoint.pod.clone(),
                };
                match found.get(&at.to_string()) {
                    // The same address twice, while a pod's address is being reused: the one that stays wins.
                    Some(other) if !other.terminating => {}
                    _ => {
                        found.insert(at.to_string(), entry);
                    }
                }
            }
        }
    }
    found.into_values().collect()
}
