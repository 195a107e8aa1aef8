//! From a Service and its EndpointSlices to rules.
//!
//! Models pkg/proxy/serviceport.go `newBaseServiceInfo` and pkg/proxy/endpointslicecache.go.

use super::choice::Groups;
use super::{Endpoint, PortName, PortRules};
use crate::base::Str;
use crate::network::addr::{Cidr, Protocol};
use crate::network::view::{ServiceNet, ServiceType, SliceNet};
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
        .map(|port| {
            // Packets travel IPv4 here where a Service has both families; each family has rules of its own.
            let first = service.cluster_ips.iter().any(IpAddr::is_ipv4);
            let mut endpoints = endpoints(slices, &port.name, port.protocol);
            endpoints.retain(|endpoint| endpoint.at.is_ipv4() == first);
            PortRules {
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
                groups: Groups::of(&endpoints),
                endpoints: endpoints.into(),
            }
        })
        .collect()
}

/// The endpoints that the slices give for one port, in the order of kube-proxy's rules.
pub fn endpoints(slices: &[Rc<SliceNet>], port: &Str, protocol: Protocol) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for slice in slices {
        let numbers = slice
            .ports
            .iter()
            .filter(|offered| offered.name == *port && offered.protocol == protocol)
            .filter_map(|offered| offered.port);
        for number in numbers {
            found.extend(slice.endpoints.iter().filter_map(|endpoint| {
                // Upstream uses the first address only: the others are the same host by another way.
                Some(Endpoint {
                    at: SocketAddr::new(*endpoint.addresses.first()?, number),
                    ready: endpoint.ready.unwrap_or(true),
                    serving: endpoint.serving.unwrap_or(true),
                    terminating: endpoint.terminating.unwrap_or(false),
                    node: endpoint.node.clone(),
                    zone: endpoint.zone.clone(),
                    for_zones: endpoint.for_zones.clone(),
                    for_nodes: endpoint.for_nodes.clone(),
                    pod: endpoint.pod.clone(),
                })
            }));
        }
    }
    found.sort_by_cached_key(|endpoint| as_text(endpoint.at));
    found.dedup_by(|next, kept| {
        let twice = next.at == kept.at;
        // The same address twice, while a pod's address is being reused: the one that stays wins.
        if twice && kept.terminating {
            std::mem::swap(next, kept);
        }
        twice
    });
    found
}

/// A key that sorts addresses as their texts do, which is kube-proxy's order. IPv4 texts have twelve characters and at most
/// 21 places, so half a byte for each is enough.
fn as_text(at: SocketAddr) -> (u128, String) {
    const DOT: u128 = 1;
    const ZERO: u128 = 2;
    const COLON: u128 = 12;
    let SocketAddr::V4(at) = at else { return (u128::MAX, at.to_string()) };
    let (mut key, mut room) = (0, 128);
    let mut put = |character: u128| {
        room -= 4;
        key |= character << room;
    };
    let mut number = |number: u16, end: u128| {
        let mut power = 10_000;
        while power > 1 && number < power {
            power /= 10;
        }
        while power > 0 {
            put(ZERO + u128::from(number / power % 10));
            power /= 10;
        }
        put(end);
    };
    let [a, b, c, d] = at.ip().octets();
    for (octet, end) in [(a, DOT), (b, DOT), (c, DOT), (d, COLON)] {
        number(u16::from(octet), end);
    }
    number(at.port(), 0);
    (key, String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_sort_as_their_texts() {
        let octets = [0, 1, 2, 9, 10, 19, 20, 99, 100, 109, 200, 255];
        let ports = [0, 1, 8, 80, 81, 800, 8080, 9090, 10_000, 65_535];
        let mut all = vec!["[fd00::1]:80".parse().unwrap(), "[fd00::10]:80".parse().unwrap()];
        for a in octets {
            for b in octets {
                all.extend(ports.map(|port| SocketAddr::from(([10, a, 0, b], port))));
                all.push(SocketAddr::from(([a, b, b, a], 80)));
            }
        }
        all.sort_by_key(|at| as_text(*at));
        let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted(), "{texts:?}");
    }
}
