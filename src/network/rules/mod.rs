//! What kube-proxy would program: one table for the cluster, compiled Service by Service.
//!
//! A Service with addresses of both families has rules for each, as there is a proxier for each. The table is the same for every
//! node; what differs by node (which endpoints are local, which zone) is decided by
//! [`choice::categorize`] when a packet arrives, so five thousand nodes share one table: [`choice::Groups`] has the lists of
//! every node and zone ready. [`names`] gives the chains their
//! real names.
//!
//! Models pkg/proxy/serviceport.go, pkg/proxy/endpointslicecache.go.

pub mod choice;
mod compile;
pub mod names;

use super::addr::{Cidr, Family, Protocol, number};
use super::view::{Key, ServiceNet, SliceNet, TrafficPolicy};
use crate::base::Str;
use crate::base::pmap::PMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;

/// What kube-proxy calls a port of a Service: `default/web:http`, or `default/web` when the port has no name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortName {
    /// The Service.
    pub service: Key,
    /// The port's name; empty when it has none.
    pub port: Str,
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.service)?;
        if self.port.is_empty() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// Who sticks to which endpoint: a client, on a node, for a port of a Service. A client may have been sent to several, by
/// rules for all endpoints and rules for the local ones; the first in the order of the rules that it may use has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affinity {
    /// The node that remembers.
    pub node: Str,
    /// The port of the Service.
    pub port: PortName,
    /// The client as that node sees it.
    pub client: IpAddr,
    /// The endpoint.
    pub endpoint: SocketAddr,
}

/// An endpoint of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where the packet is sent.
    pub at: SocketAddr,
    /// Takes new connections.
    pub ready: bool,
    /// Passes its readiness probe.
    pub serving: bool,
    /// Is going away.
    pub terminating: bool,
    /// Its node, if the slice says so.
    pub node: Option<Str>,
    /// Its zone.
    pub zone: Option<Str>,
    /// Zones that should use it.
    pub for_zones: Vec<Str>,
    /// Nodes that should use it.
    pub for_nodes: Vec<Str>,
    /// Its pod, if it is one.
    pub pod: Option<Key>,
}

/// A port of a Service with all that a node needs to handle a packet of one family for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortRules {
    /// Which one.
    pub name: PortName,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port of the Service.
    pub port: u16,
    /// The port on every node.
    pub node_port: Option<u16>,
    /// The address inside the cluster: its family is that of all others, and of the endpoints.
    pub cluster_ip: IpAddr,
    /// `externalIPs`.
    pub external_ips: Vec<IpAddr>,
    /// Addresses of load balancers with `ipMode: VIP`.
    pub balancer_ips: Vec<IpAddr>,
    /// `loadBalancerSourceRanges`; empty is no restriction.
    pub source_ranges: Vec<Cidr>,
    /// `internalTrafficPolicy`.
    pub internal: TrafficPolicy,
    /// `externalTrafficPolicy`.
    pub external: TrafficPolicy,
    /// Timeout of ClientIP affinity, in seconds.
    pub affinity: Option<u32>,
    /// `healthCheckNodePort`.
    pub health_check_node_port: Option<u16>,
    /// Endpoints, in kube-proxy's order.
    pub endpoints: Rc<[Endpoint]>,
    /// The same by who may use them.
    pub groups: choice::Groups,
}

/// What kind of address a packet was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VipKind {
    /// The Service's own address inside the cluster.
    ClusterIp,
    /// One of `externalIPs`.
    ExternalIp,
    /// A load balancer's.
    LoadBalancer,
    /// A node's, with a node port.
    NodePort,
}

impl PortRules {
    /// Of which family the packets are.
    pub fn family(&self) -> Family {
        Family::of(self.cluster_ip)
    }
}

/// An address with protocol and port, as numbers: many are compared for each packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    ip: u128,
    port: u32,
}

impl Place {
    fn at(ip: IpAddr, protocol: Protocol, port: u16) -> Place {
        Place { ip: number(ip), port: (protocol as u32) << 16 | u32::from(port) }
    }

    /// At the node's own addresses of a family, whichever they are.
    fn on_node(family: Family, protocol: Protocol, port: u16) -> Place {
        let any = match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        Place::at(any, protocol, port)
    }
}

/// The ports of Services that want a place. Two can want the same; the first by kind and name has it.
type Claims = Rc<[(VipKind, Rc<PortRules>)]>;

/// The rules that a kube-proxy has in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleTable {
    services: PMap<Key, Rc<[Rc<PortRules>]>>,
    places: PMap<Place, Claims>,
    cluster_ips: PMap<IpAddr, Key>,
    health_checks: PMap<u16, Key>,
}

impl RuleTable {
    /// Replaces the rules of one Service; `None` removes them. Work is proportional to that Service.
    pub fn replace(&mut self, key: &Key, service: Option<&ServiceNet>, slices: &[Rc<SliceNet>]) {
        self.forget(key);
        let Some(service) = service else { return };
        let ports: Rc<[Rc<PortRules>]> = compile::ports(service, slices).into_iter().map(Rc::new).collect();
        for rules in ports.iter() {
            for (place, kind) in places(rules) {
                self.claim(place, kind, rules);
            }
            self.cluster_ips.insert(rules.cluster_ip, key.clone());
            if let Some(port) = rules.health_check_node_port {
                self.health_checks.insert(port, key.clone());
            }
        }
        if !ports.is_empty() {
            self.services.insert(key.clone(), ports);
        }
    }

    fn claim(&mut self, place: Place, kind: VipKind, rules: &Rc<PortRules>) {
        let mut claims = self.places.get(&place).map(|claims| claims.to_vec()).unwrap_or_default();
        let at = claims.partition_point(|(other, theirs)| (*other, &theirs.name) < (kind, &rules.name));
        claims.insert(at, (kind, rules.clone()));
        self.places.insert(place, claims.into());
    }

    fn forget(&mut self, key: &Key) {
        let Some(old) = self.services.remove(key) else { return };
        for rules in old.iter() {
            for (place, _) in places(rules) {
                let Some(claims) = self.places.remove(&place) else { continue };
                let left: Claims = claims.iter().filter(|(_, theirs)| theirs.name.service != *key).cloned().collect();
                if !left.is_empty() {
                    self.places.insert(place, left);
                }
            }
            if self.cluster_ips.get(&rules.cluster_ip) == Some(key) {
                self.cluster_ips.remove(&rules.cluster_ip);
            }
            if let Some(port) = rules.health_check_node_port
                && self.health_checks.get(&port) == Some(key)
            {
                self.health_checks.remove(&port);
            }
        }
    }

    /// The rules for packets to a virtual address.
    pub fn vip(&self, to: SocketAddr, protocol: Protocol) -> Option<(VipKind, &Rc<PortRules>)> {
        let claims = self.places.get(&Place::at(to.ip(), protocol, to.port())).filter(|_| !to.ip().is_unspecified())?;
        claims.first().map(|(kind, rules)| (*kind, rules))
    }

    /// The rules for packets of a family to a port of the node itself.
    pub fn node_port(&self, family: Family, port: u16, protocol: Protocol) -> Option<&Rc<PortRules>> {
        self.places.get(&Place::on_node(family, protocol, port))?.first().map(|(_, rules)| rules)
    }

    /// The ports of a Service.
    pub fn service(&self, key: &Key) -> &[Rc<PortRules>] {
        self.services.get(key).map_or(&[], |ports| ports)
    }

    /// All ports of all Services.
    pub fn ports(&self) -> impl Iterator<Item = &Rc<PortRules>> {
        self.services.values().flat_map(|ports| ports.iter())
    }

    /// The Service that has this ClusterIP.
    pub fn owner_of(&self, ip: IpAddr) -> Option<&Key> {
        self.cluster_ips.get(&ip)
    }

    /// The Service that answers health checks on this port of every node.
    pub fn health_check(&self, port: u16) -> Option<&Key> {
        self.health_checks.get(&port)
    }

    /// Whether some port of some Service has this address: an external IP or a balancer's.
    pub fn has_vip(&self, ip: IpAddr) -> bool {
        let mut from = self.places.range(Place::at(ip, Protocol::Tcp, 0)..);
        from.next().is_some_and(|(found, _)| found.ip == number(ip)) && !ip.is_unspecified()
    }
}

/// Where packets for a port of a Service arrive.
fn places(rules: &PortRules) -> Vec<(Place, VipKind)> {
    let vips = [
        (std::slice::from_ref(&rules.cluster_ip), VipKind::ClusterIp),
        (&rules.external_ips, VipKind::ExternalIp),
        (&rules.balancer_ips, VipKind::LoadBalancer),
    ];
    let place = |ip: &IpAddr| Place::at(*ip, rules.protocol, rules.port);
    let vips = vips.into_iter().flat_map(|(ips, kind)| ips.iter().map(move |ip| (place(ip), kind)));
    let on_node = |port| (Place::on_node(rules.family(), rules.protocol, port), VipKind::NodePort);
    vips.chain(rules.node_port.map(on_node)).collect()
}
