//! What kube-proxy would program: one table for the cluster, compiled Service by Service.
//!
//! The table is the same for every node; what differs by node (which endpoints are local, which zone) is decided by
//! [`choice::categorize`] when a packet arrives, so five thousand nodes share one table. [`names`] gives the chains their
//! real names.
//!
//! Models pkg/proxy/serviceport.go, pkg/proxy/endpointslicecache.go.

pub mod choice;
mod compile;
pub mod names;

use super::addr::{Cidr, Protocol};
use super::view::{Key, ServiceNet, SliceNet, TrafficPolicy};
use crate::base::Str;
use crate::base::pmap::PMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
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

/// Who sticks to an endpoint: a client, on a node, for a port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affinity {
    /// The node that remembers.
    pub node: Str,
    /// The port of the Service.
    pub port: PortName,
    /// The client as that node sees it.
    pub client: IpAddr,
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

/// A port of a Service with all that a node needs to handle a packet for it.
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
    /// Addresses inside the cluster.
    pub cluster_ips: Vec<IpAddr>,
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

/// Protocol and port.
type PortKey = (Protocol, u16);

/// The rules that a kube-proxy has in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleTable {
    services: PMap<Key, Rc<[Rc<PortRules>]>>,
    vips: PMap<(IpAddr, PortKey, VipKind, PortName), Rc<PortRules>>,
    node_ports: PMap<(PortKey, PortName), Rc<PortRules>>,
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
            for (vip, kind) in vips(rules) {
                self.vips.insert((vip, (rules.protocol, rules.port), kind, rules.name.clone()), rules.clone());
            }
            for ip in &rules.cluster_ips {
                self.cluster_ips.insert(*ip, key.clone());
            }
            if let Some(port) = rules.node_port {
                self.node_ports.insert(((rules.protocol, port), rules.name.clone()), rules.clone());
            }
            if let Some(port) = rules.health_check_node_port {
                self.health_checks.insert(port, key.clone());
            }
        }
        if !ports.is_empty() {
            self.services.insert(key.clone(), ports);
        }
    }

    fn forget(&mut self, key: &Key) {
        let Some(old) = self.services.remove(key) else { return };
        for rules in old.iter() {
            for (vip, kind) in vips(rules) {
                self.vips.remove(&(vip, (rules.protocol, rules.port), kind, rules.name.clone()));
            }
            for ip in &rules.cluster_ips {
                if self.cluster_ips.get(ip) == Some(key) {
                    self.cluster_ips.remove(ip);
                }
            }
            if let Some(port) = rules.node_port {
                self.node_ports.remove(&((rules.protocol, port), rules.name.clone()));
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
        let port = (protocol, to.port());
        let from = PortName { service: Key::new("", ""), port: "".into() };
        self.vips
            .range((to.ip(), port, VipKind::ClusterIp, from)..)
            .next()
            .filter(|((ip, found, _, _), _)| *ip == to.ip() && *found == port)
            .map(|((_, _, kind, _), rules)| (*kind, rules))
    }

    /// The rules for packets to a port of the node itself.
    pub fn node_port(&self, port: u16, protocol: Protocol) -> Option<&Rc<PortRules>> {
        let from = PortName { service: Key::new("", ""), port: "".into() };
        self.node_ports
            .range(((protocol, port), from)..)
            .next()
            .filter(|((found, _), _)| *found == (protocol, port))
            .map(|(_, rules)| rules)
    }

    /// The ports of a Service.
    pub fn service(&self, key: &Key) -> &[Rc<PortRules>] {
        self.services.get(key).map_or(&[], |ports| ports)
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
        let from = PortName { service: Key::new("", ""), port: "".into() };
        self.vips
            .range((ip, (Protocol::Tcp, 0), VipKind::ClusterIp, from)..)
            .next()
            .is_some_and(|((found, ..), _)| *found == ip)
    }
}

fn vips(rules: &PortRules) -> impl Iterator<Item = (IpAddr, VipKind)> {
    let of = |ips: &[IpAddr], kind| ips.iter().map(move |ip| (*ip, kind)).collect::<Vec<_>>();
    of(&rules.cluster_ips, VipKind::ClusterIp)
        .into_iter()
        .chain(of(&rules.external_ips, VipKind::ExternalIp))
        .chain(of(&rules.balancer_ips, VipKind::LoadBalancer))
}
