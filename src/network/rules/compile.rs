//! From a Service and its EndpointSlices to rules.
//!
//! Models pkg/proxy/serviceport.go `newBaseServiceInfo`, cmd/kube-proxy/app/server.go (which Services it hears of) and pkg/proxy/endpointslicecache.go.

use super::choice::Groups;
use super::{Endpoint, PortName, PortRules};
use crate::base::Str;
use crate::network::addr::{Cidr, Family, Protocol};
use crate::network::view::{ServiceNet, ServicePort, ServiceType, SliceNet};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// The rules of every port, for each family that the Service has an address of; none for Services that kube-proxy ignores
/// (headless, ExternalName, no ClusterIP, left to another proxy).
pub(super) fn ports(service: &ServiceNet, slices: &[Rc<SliceNet>]) -> Vec<PortRules> {
    if service.kind == ServiceType::ExternalName || service.headless || service.other_proxy.is_some() {
        return Vec::new();
    }
    service
        .cluster_ips
        .iter()
        .flat_map(|ip| service.ports.iter().map(|port| of_port(service, slices, *ip, port)))
        .collect()
}

/// The rules of one port for the family of a ClusterIP: what is of the other family is no matter of this one's proxier.
fn of_port(service: &ServiceNet, slices: &[Rc<SliceNet>], cluster_ip: IpAddr, port: &ServicePort) -> PortRules {
    let family = Family::of(cluster_ip);
    let of_family = |ip: &IpAddr| Family::of(*ip) == family;
    let has_node_ports = matches!(service.kind, ServiceType::NodePort | ServiceType::LoadBalancer);
    let balancer_ips = match service.kind {
        ServiceType::LoadBalancer => {
            let vips = service.ingress.iter().filter(|ingress| !ingress.proxy_mode);
            vips.filter_map(|ingress| ingress.ip).filter(of_family).collect()
        }
        _ => Vec::new(),
    };
    let ranges = || service.source_ranges.iter().filter(|range| range.family() == family);
    let source_ranges = if ranges().any(Cidr::is_everything) { Vec::new() } else { ranges().copied().collect() };
    let endpoints = endpoints(slices, &port.name, port.protocol, family);
    PortRules {
        name: PortName { service: service.key.clone(), port: port.name.clone() },
        protocol: port.protocol,
        port: port.port,
        node_port: port.node_port.filter(|_| has_node_ports),
        cluster_ip,
        external_ips: service.external_ips.iter().copied().filter(of_family).collect(),
        balancer_ips,
        source_ranges,
        internal: service.internal,
        external: service.external,
        affinity: service.affinity,
        health_check_node_port: service.health_check_node_port,
        groups: Groups::of(&endpoints),
        endpoints: endpoints.into(),
    }
}

/// The endpoints that the slices give for one port, in the order of kube-proxy's rules.
fn endpoints(slices: &[Rc<SliceNet>], port: &Str, protocol: Protocol, family: Family) -> Vec<Endpoint> {
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
                let ip = endpoint.addresses.first().filter(|ip| Family::of(**ip) == family)?;
                Some(Endpoint {
                    at: SocketAddr::new(*ip, number),
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
