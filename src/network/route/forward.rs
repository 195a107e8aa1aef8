//! Where a node sends a packet once kube-proxy's rules are done with it: routing, and the CNI's masquerade.

use super::walk::{At, Packet, Walk, rule, service_ref, told};
use super::{Hop, HopKind, Outcome, Place};
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::Family;
use crate::network::view::{NodeNet, ObjectRef, ProxyMode};
use std::net::IpAddr;
use std::rc::Rc;

/// Time on the wire between two nodes.
const WIRE: Duration = Duration::from_micros(240);

impl Walk<'_> {
    /// Where the packet goes from here, and with which source address.
    pub(super) fn route(&mut self, node: &Rc<NodeNet>, packet: &mut Packet, local: bool, masquerade: bool) -> At {
        let dst = packet.dst.ip();
        let family = Family::of(dst);
        let config = &self.view.config;
        if is_own_address(node, dst, local) {
            // The packet never passes POSTROUTING: whoever sent it is seen as it is.
            if local
                && masquerade
                && let Some(ip) = node.ip_of(family)
            {
                packet.src.set_ip(ip);
            }
            return At::Node(node.clone());
        }
        if !self.view.is_free()
            && let Some(dropped) = self.police(node, packet)
        {
            return dropped;
        }
        let pod = self.view.pod_at(dst);
        if let Some(owner) = self.view.node_of(pod, dst).cloned() {
            let here = owner.name == node.name;
            if masquerade {
                let gateway = node.gateway_of(family).filter(|_| here);
                packet.src.set_ip(gateway.or(node.ip_of(family)).unwrap_or(node.ip));
            }
            if !here {
                self.latency += WIRE;
                return At::Into(owner);
            }
            return match pod {
                Some(pod) => At::Pod(pod.clone()),
                None => self.nobody_has(node, packet),
            };
        }
        if config.is_service_ip(dst) && config.proxy_mode == ProxyMode::Nftables {
            return self.bad_cluster_ip(node, packet);
        }
        if masquerade {
            packet.src.set_ip(node.ip_of(family).unwrap_or(node.ip));
        }
        let other = self.view.node_at(dst).cloned();
        let hidden = config.is_pod_ip(packet.src.ip()) && (other.is_none() || config.masquerade_to_nodes);
        if hidden {
            self.cni_masquerade(node, packet);
        }
        match other {
            Some(other) => {
                self.latency += WIRE;
                At::Into(other)
            }
            None => At::Outside,
        }
    }

    /// The CNI hides pod addresses from networks that do not know them.
    fn cni_masquerade(&mut self, node: &NodeNet, packet: &mut Packet) {
        let before = packet.flow();
        let own = node.ip_of(Family::of(packet.dst.ip())).unwrap_or(node.ip);
        packet.src.set_ip(own);
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Transit,
            failed: false,
            before,
            after: packet.flow(),
            took: Duration::ZERO,
            step: told(
                msg!("net.transit.leaving", node = node.name),
                msg!("net.transit.snat", from = before.src.ip(), to = own),
                msg!("net.transit.snat-why"),
                rule("POSTROUTING".to_owned(), "MASQUERADE", "CNI".to_owned()),
                vec![ObjectRef::node(&node.name)],
            ),
        });
    }

    fn nobody_has(&mut self, node: &NodeNet, packet: &Packet) -> At {
        let outcome = if self.view.config.bridge { Outcome::NoRoute } else { Outcome::TimedOut { connected: false } };
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Deliver,
            failed: true,
            before: packet.flow(),
            after: packet.flow(),
            took: Duration::ZERO,
            step: told(
                msg!("net.transit.on-node", node = node.name),
                msg!("net.transit.no-pod", ip = packet.dst.ip()),
                msg!("net.transit.no-pod-why"),
                None,
                vec![ObjectRef::node(&node.name)],
            ),
        });
        At::Ended(outcome)
    }

    /// nftables mode refuses unknown ports of a ClusterIP, and drops what goes to an address that no Service has.
    fn bad_cluster_ip(&mut self, node: &NodeNet, packet: &Packet) -> At {
        let known = self.view.rules(&node.name).owner_of(packet.dst.ip()).cloned();
        let (verdict, why, outcome) = match &known {
            Some(key) => (
                "REJECT",
                msg!("net.proxy.no-such-port-why", svc = key.name, port = packet.dst.port()),
                Outcome::Refused { by: Place::Node(node.name.clone()) },
            ),
            None => {
                ("DROP", msg!("net.proxy.no-such-ip-why", ip = packet.dst.ip()), Outcome::TimedOut { connected: false })
            }
        };
        self.hop(Hop {
            at: Place::Node(node.name.clone()),
            kind: HopKind::Proxy,
            failed: true,
            before: packet.flow(),
            after: packet.flow(),
            took: Duration::ZERO,
            step: told(
                msg!("net.proxy.title", node = node.name),
                msg!("net.proxy.no-rule"),
                why,
                rule("cluster-ips-check".to_owned(), verdict, String::new()),
                known.iter().map(service_ref).collect(),
            ),
        });
        At::Ended(outcome)
    }
}

/// Whether the node itself has this address.
pub(super) fn is_own_address(node: &NodeNet, ip: IpAddr, local: bool) -> bool {
    node.has(ip) || (local && ip.is_loopback())
}
