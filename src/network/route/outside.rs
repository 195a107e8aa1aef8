//! The network around the cluster: routers, balancers, and what they do not reach.
//!
//! Models s/cloud-provider/controllers/service/controller.go (which nodes a balancer uses).

use super::walk::{At, Packet, Walk, service_ref, told};
use super::{Client, Hop, HopKind, Outcome, Place};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::Family;
use crate::network::rules::choice::local_ready;
use crate::network::view::{NetView, NodeNet, ObjectRef, ServiceNet, Surroundings, TrafficPolicy, UpstreamRecord};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// Time from the outside to a node.
const LINE: Duration = Duration::from_millis(5);
/// Nodes with this label get no traffic from balancers.
const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

impl Walk<'_> {
    /// The packet is in the network outside: to whom is it handed?
    pub(super) fn outside(&mut self, packet: &mut Packet) -> At {
        let dst = packet.dst.ip();
        if self.outside_seen.contains(&packet.dst) {
            return self.router_loop(packet);
        }
        self.outside_seen.push(packet.dst);
        let view = self.view;
        if let Some(node) = self.routed(dst) {
            return self.hand_over(packet, &node, msg!("net.outside.route", ip = dst, node = node.name));
        }
        if view.host(dst).is_some() {
            self.latency += LINE;
            return At::Host(dst);
        }
        if let Some(node) = view.node_at(dst).filter(|node| node.ip_of(Family::of(dst)) == Some(dst)).cloned() {
            return self.reach_node(packet, &node);
        }
        if let Some(service) = balancer_at(view, dst) {
            return self.balance(packet, &service);
        }
        if view.newest_rules().has_vip(dst)
            && !view.config.is_service_ip(dst)
            && let Some(node) = self.chosen_node()
        {
            return self.hand_over(packet, &node, msg!("net.outside.route", ip = dst, node = node.name));
        }
        let why = if view.config.is_service_ip(dst) {
            if self.comes_from_cluster(packet) {
                msg!("net.outside.no-rule", ip = dst, port = packet.dst.port())
            } else {
                msg!("net.outside.service-cidr", ip = dst)
            }
        } else if view.config.is_pod_ip(dst) {
            msg!("net.outside.pod-cidr", ip = dst)
        } else {
            msg!("net.outside.nobody", ip = dst)
        };
        self.lost(packet, why, Outcome::TimedOut { connected: false })
    }

    fn comes_from_cluster(&self, packet: &Packet) -> bool {
        self.view.node_at(packet.src.ip()).is_some() || self.view.pod_at(packet.src.ip()).is_some()
    }

    fn routed(&self, dst: IpAddr) -> Option<Rc<NodeNet>> {
        let (_, node) = self.view.config.routes.iter().find(|(block, _)| block.contains(dst))?;
        self.view.node(node).cloned()
    }

    fn chosen_node(&self) -> Option<Rc<NodeNet>> {
        self.view.node(self.request.via.as_deref()?).cloned()
    }

    fn reach_node(&mut self, packet: &Packet, node: &Rc<NodeNet>) -> At {
        let reaches = match (self.view.config.surroundings, &self.request.from) {
            (Surroundings::Open, _) | (Surroundings::Laptop, Client::Laptop) => true,
            (Surroundings::Laptop | Surroundings::Boxed, Client::Pod(_) | Client::Node(_)) => true,
            (Surroundings::Laptop | Surroundings::Boxed, _) => false,
        };
        if !reaches {
            let why = msg!("net.outside.node-hidden", node = node.name, ip = packet.dst.ip());
            return self.lost(packet, why, Outcome::TimedOut { connected: false });
        }
        self.hand_over(packet, node, msg!("net.outside.node-ip", ip = packet.dst.ip(), node = node.name))
    }

    fn hand_over(&mut self, packet: &Packet, node: &Rc<NodeNet>, why: Msg) -> At {
        self.hop(Hop {
            at: self.place_of_client(),
            kind: HopKind::Transit,
            failed: false,
            before: packet.flow(),
            after: packet.flow(),
            took: LINE,
            step: told(
                msg!("net.outside.title"),
                msg!("net.outside.to-node", node = node.name),
                why,
                None,
                vec![ObjectRef::node(&node.name)],
            ),
        });
        At::Into(node.clone())
    }

    pub(super) fn place_of_client(&self) -> Place {
        match &self.request.from {
            Client::Laptop => Place::Laptop,
            Client::Outside(ip) => Place::Outside(*ip),
            Client::Pod(_) | Client::Node(_) | Client::Internet => Place::Internet,
        }
    }

    fn lost(&mut self, packet: &Packet, why: Msg, outcome: Outcome) -> At {
        self.hop(Hop {
            at: self.place_of_client(),
            kind: HopKind::Transit,
            failed: true,
            before: packet.flow(),
            after: packet.flow(),
            took: Duration::ZERO,
            step: told(msg!("net.outside.title"), msg!("net.transit.lost"), why, None, Vec::new()),
        });
        At::Ended(outcome)
    }

    /// The node has no rule for it and sends it back to the router, which sends it to the node again.
    fn router_loop(&mut self, packet: &Packet) -> At {
        let why = msg!("net.outside.loop", ip = packet.dst.ip(), port = packet.dst.port());
        self.lost(packet, why, Outcome::NoRoute)
    }

    /// A load balancer has the address.
    fn balance(&mut self, packet: &mut Packet, service: &Rc<ServiceNet>) -> At {
        if !self.view.config.balancers {
            let why = msg!("net.balancer.none", ip = packet.dst.ip());
            return self.lost(packet, why, Outcome::TimedOut { connected: false });
        }
        let (node, why) = match self.chosen_node() {
            Some(node) => {
                let why = msg!("net.balancer.told", node = node.name);
                (node, why)
            }
            None => match self.pick_target(service) {
                Some(picked) => picked,
                None => {
                    let why = msg!("net.balancer.no-nodes", svc = service.key.name);
                    return self.lost(packet, why, Outcome::TimedOut { connected: false });
                }
            },
        };
        let before = packet.flow();
        let relays = service
            .ingress
            .iter()
            .any(|ingress| ingress.proxy_mode && (ingress.ip == Some(packet.dst.ip()) || ingress.ip.is_none()));
        if relays {
            let port = service
                .ports
                .iter()
                .find(|port| port.port == packet.dst.port() && Some(port.protocol) == packet.protocol);
            let Some(port) = port else {
                let why = msg!("net.balancer.no-listener", port = packet.dst.port());
                return self.lost(packet, why, Outcome::Refused { by: Place::Balancer(service.key.clone()) });
            };
            let Some(node_port) = port.node_port else {
                let why = msg!("net.balancer.no-node-port", svc = service.key.name);
                return self.lost(packet, why, Outcome::TimedOut { connected: false });
            };
            // A balancer opens connections of its own: of the other family, where the Service has a node port in that one only.
            let asked = Family::of(packet.dst.ip());
            let has = |family| service.cluster_ips.iter().any(|ip| Family::of(*ip) == family);
            let family = if has(asked) { asked } else { asked.other() };
            let (Some(own), Some(ip)) = (self.view.config.balancer_ip_of(family), node.ip_of(family)) else {
                let why = msg!("net.balancer.no-nodes", svc = service.key.name);
                return self.lost(packet, why, Outcome::TimedOut { connected: false });
            };
            packet.src.set_ip(own);
            packet.dst = SocketAddr::new(ip, node_port);
        }
        self.hop(Hop {
            at: Place::Balancer(service.key.clone()),
            kind: HopKind::Balancer,
            failed: false,
            before,
            after: packet.flow(),
            took: LINE,
            step: told(
                msg!("net.balancer.title", svc = service.key.name),
                msg!("net.outside.to-node", node = node.name),
                why,
                None,
                vec![service_ref(&service.key), ObjectRef::node(&node.name)],
            ),
        });
        At::Into(node)
    }

    /// One of the nodes that pass the health check; if none does, one of all (balancers "fail open").
    fn pick_target(&self, service: &ServiceNet) -> Option<(Rc<NodeNet>, Msg)> {
        if self.view.config.layer2 {
            return self.announcer(service);
        }
        let targets: Vec<&Rc<NodeNet>> = self.view.nodes().filter(|node| is_target(node)).collect();
        let healthy: Vec<&Rc<NodeNet>> =
            targets.iter().copied().filter(|node| passes_health_check(self.view, service, node)).collect();
        let pool = if healthy.is_empty() { &targets } else { &healthy };
        let drawn = self.rng("balancer").below(pool.len() as u64);
        let node = (*pool.get(usize::try_from(drawn).ok()?)?).clone();
        let why = if healthy.is_empty() {
            msg!("net.balancer.fail-open", count = targets.len())
        } else if service.external == TrafficPolicy::Local {
            msg!("net.balancer.healthy-local", healthy = healthy.len(), count = targets.len())
        } else {
            msg!("net.balancer.healthy", healthy = healthy.len(), count = targets.len())
        };
        Some((node, why))
    }
}

impl Walk<'_> {
    /// The node that announces a Service's address: of those that may, always the same one, so one node gets all traffic.
    ///
    /// Models `speaker/layer2_controller.go` `ShouldAnnounce` of MetalLB.
    fn announcer(&self, service: &ServiceNet) -> Option<(Rc<NodeNet>, Msg)> {
        let ip = service.ingress.iter().find_map(|ingress| ingress.ip)?;
        let may = |node: &&Rc<NodeNet>| {
            is_target(node) && node.ready && node.up && passes_health_check(self.view, service, node)
        };
        let rank = |node: &&Rc<NodeNet>| Sha256::digest(format!("{}#{ip}", node.name));
        let node = self.view.nodes().filter(may).min_by_key(rank)?.clone();
        let why = msg!("net.balancer.announces", node = node.name, ip = ip);
        Some((node, why))
    }
}

/// Whether balancers use the node at all.
fn is_target(node: &NodeNet) -> bool {
    !node.leaving && node.labels.get(EXCLUDED).is_none_or(|value| **value == *"false")
}

/// What the node answers to a balancer's health check.
pub(super) fn passes_health_check(view: &NetView, service: &ServiceNet, node: &NodeNet) -> bool {
    node.up
        && match service.external {
            TrafficPolicy::Cluster => node.proxy_running,
            TrafficPolicy::Local => local_ready(view.rules(&node.name).service(&service.key), &node.name) > 0,
        }
}

/// The Service whose balancer has this address, by itself or by a name that stands for it.
fn balancer_at(view: &NetView, ip: IpAddr) -> Option<Rc<ServiceNet>> {
    let leads_here = |name: &Str| view.upstream(&name.to_ascii_lowercase()).contains(&UpstreamRecord::Address(ip));
    view.services()
        .find(|service| {
            service
                .ingress
                .iter()
                .any(|ingress| ingress.ip == Some(ip) || ingress.hostname.as_ref().is_some_and(leads_here))
        })
        .cloned()
}
