//! The process at the end of the way: whether the packet reaches one. What it says stands in [`super::answer`].

use super::answer::{Reply, Server};
use super::hop::Step;
use super::target::Scheme;
use super::walk::{Packet, Rewrite, Walk, told};
use super::{Back, Hop, HopKind, Outcome, Place};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::msg;
use crate::network::addr::Protocol;
use crate::network::rules::choice::local_ready;
use crate::network::view::{Bind, ContainerNet, Listener, NodeNet, ObjectRef, PodNet, Speaks};
use std::net::IpAddr;
use std::rc::Rc;

/// Time for a process to take a connection.
const ACCEPT: Duration = Duration::from_micros(200);
/// kube-proxy's own health port.
const PROXY_HEALTH: u16 = 10_256;

impl Walk<'_> {
    /// The packet is in the pod.
    pub(super) fn deliver_to_pod(&mut self, pod: &Rc<PodNet>, packet: &Packet) -> Outcome {
        self.seen_source = Some(packet.src);
        if let Some(outcome) = self.way_back(packet, pod.node.as_deref()) {
            return outcome;
        }
        let Some(protocol) = packet.protocol else { return self.echo(Place::Pod(pod.key.clone()), packet) };
        let socket = pod.listeners().find(|(_, listener)| takes(listener, packet));
        if let Some((_, listener)) = socket {
            return self.taken(pod, listener, protocol, packet);
        }
        let place = Place::Pod(pod.key.clone());
        let loopback =
            pod.listeners().any(|(_, listener)| listener.port == packet.dst.port() && listener.protocol == protocol);
        let why = if loopback {
            msg!("net.deliver.loopback-only", port = packet.dst.port())
        } else {
            self.nothing_listens(pod, packet)
        };
        let what = msg!("net.deliver.on-node", node = pod.node.as_deref().unwrap_or_default());
        self.arrived(&place, msg!("net.deliver.pod", pod = pod.key.name), what, why, packet, true);
        Outcome::Refused { by: place }
    }

    /// A process of the pod took the packet.
    fn taken(&mut self, pod: &Rc<PodNet>, listener: &Listener, protocol: Protocol, packet: &Packet) -> Outcome {
        self.hop(Hop {
            at: Place::Pod(pod.key.clone()),
            kind: HopKind::Deliver,
            failed: false,
            before: packet.flow(),
            after: packet.flow(),
            took: ACCEPT,
            step: Step::Taken(pod.clone(), protocol),
        });
        match listener.speaks {
            Speaks::Ingress { tls } if matches!(self.request.to.scheme, Scheme::Http | Scheme::Https) => {
                self.ingress(tls, packet, &pod.key)
            }
            _ => self.speak(listener, Server::Pod(pod.clone())),
        }
    }

    fn nothing_listens(&self, pod: &PodNet, packet: &Packet) -> Msg {
        let port = packet.dst.port();
        let listening: Vec<String> = pod
            .listeners()
            .filter(|(_, listener)| Some(listener.protocol) == packet.protocol)
            .map(|(_, listener)| listener.port.to_string())
            .collect();
        if listening.is_empty() {
            msg!("net.deliver.nothing-at-all", port = port)
        } else {
            msg!("net.deliver.nothing", port = port, listening = listening.join(", "))
        }
    }

    /// The packet reached a node's own address.
    pub(super) fn deliver_to_node(&mut self, node: &Rc<NodeNet>, packet: &Packet) -> Outcome {
        self.seen_source = Some(packet.src);
        if let Some(outcome) = self.way_back(packet, Some(&node.name)) {
            return outcome;
        }
        let place = Place::Node(node.name.clone());
        if packet.protocol.is_none() {
            return self.echo(place, packet);
        }
        if packet.protocol == Some(Protocol::Tcp)
            && let Some(outcome) = self.node_health(node, packet)
        {
            return outcome;
        }
        let view = self.view;
        let found = view
            .host_pods(&node.name)
            .find_map(|pod| pod.listeners().find(|(_, listener)| takes(listener, packet)).map(|socket| (pod, socket)));
        match found {
            Some((pod, (_, listener))) => self.taken(pod, listener, packet.protocol.unwrap_or_default(), packet),
            None => {
                let why = msg!("net.deliver.node-nothing", port = packet.dst.port());
                self.arrived(
                    &place,
                    msg!("net.deliver.node", node = node.name),
                    msg!("net.deliver.node-itself"),
                    why,
                    packet,
                    true,
                );
                Outcome::Refused { by: place }
            }
        }
    }

    /// kube-proxy's answers to the health checks of balancers.
    ///
    /// Models pkg/proxy/healthcheck.
    fn node_health(&mut self, node: &NodeNet, packet: &Packet) -> Option<Outcome> {
        let rules = self.view.rules(&node.name);
        let json: (Str, Str) = ("Content-Type".into(), "application/json".into());
        let no_sniff: (Str, Str) = ("X-Content-Type-Options".into(), "nosniff".into());
        let (status, headers, body, why) = if let Some(key) = rules.health_check(packet.dst.port()) {
            let count = local_ready(rules.service(key), &node.name);
            let body = format!(
                "{{\n\t\"service\": {{\n\t\t\"namespace\": \"{}\",\n\t\t\"name\": \"{}\"\n\t}},\n\t\"localEndpoints\": {count},\n\t\"serviceProxyHealthy\": true\n}}",
                key.namespace, key.name
            );
            let weight: (Str, Str) = ("X-Load-Balancing-Endpoint-Weight".into(), count.to_string().into());
            let status = if count > 0 { 200 } else { 503 };
            (status, vec![json, no_sniff, weight], body, msg!("net.deliver.health", count = count))
        } else if packet.dst.port() == PROXY_HEALTH && node.proxy_running {
            let (now, both) = (self.view.now.timestamp().to_string(), self.view.config.second.is_some());
            let (status, body) = proxy_health(&now, node, both, &self.request.to.path);
            (status, vec![json, no_sniff], body, msg!("net.deliver.proxy-health"))
        } else {
            return None;
        };
        if !node.proxy_running {
            return None;
        }
        let place = Place::Node(node.name.clone());
        let title = msg!("net.deliver.node", node = node.name);
        self.arrived(&place, title, msg!("net.deliver.kube-proxy"), why, packet, false);
        Some(Outcome::Answered { status: Some(status), reply: Reply::Said { headers, body: body.into() }, by: place })
    }

    /// The packet reached a machine outside.
    pub(super) fn deliver_to_host(&mut self, ip: IpAddr, packet: &Packet) -> Outcome {
        self.seen_source = Some(packet.src);
        if let Some(outcome) = self.way_back(packet, None) {
            return outcome;
        }
        let place = Place::Outside(ip);
        if packet.protocol.is_none() {
            return self.echo(place, packet);
        }
        let Some(host) = self.view.host(ip).cloned() else { return Outcome::TimedOut { connected: false } };
        let title = msg!("net.deliver.outside", host = host.name);
        let what = msg!("net.deliver.outside-at", ip = ip);
        match host.listeners.iter().find(|listener| takes(listener, packet)) {
            Some(listener) => {
                let why = msg!("net.deliver.listens", app = host.name, port = listener.port);
                self.arrived(&place, title, what, why, packet, false);
                self.speak(listener, Server::Host(host.clone()))
            }
            None => {
                let why = msg!("net.deliver.node-nothing", port = packet.dst.port());
                self.arrived(&place, title, what, why, packet, true);
                Outcome::Refused { by: place }
            }
        }
    }

    fn arrived(&mut self, place: &Place, title: Msg, what: Msg, why: Msg, packet: &Packet, failed: bool) {
        let refs = match place {
            Place::Pod(key) => vec![ObjectRef::new("Pod", key)],
            Place::Node(name) => vec![ObjectRef::node(name)],
            _ => Vec::new(),
        };
        self.hop(Hop {
            at: place.clone(),
            kind: HopKind::Deliver,
            failed,
            before: packet.flow(),
            after: packet.flow(),
            took: ACCEPT,
            step: told(title, what, why, None, refs),
        });
    }

    fn echo(&mut self, place: Place, packet: &Packet) -> Outcome {
        let title = msg!("net.deliver.echo");
        self.arrived(
            &place,
            title,
            msg!("net.deliver.outside-at", ip = packet.dst.ip()),
            msg!("net.deliver.echo-why"),
            packet,
            false,
        );
        Outcome::Answered { status: None, reply: Reply::Nothing, by: place }
    }

    /// Whether the answer can come back. A node that rewrote only the destination has to see the answer, or the client
    /// gets one from an address that it never asked.
    fn way_back(&mut self, packet: &Packet, receiver: Option<&str>) -> Option<Outcome> {
        let Some(Rewrite { node, endpoint, masqueraded, .. }) = &self.rewrite else {
            self.back = Some(Back::Direct);
            return None;
        };
        let source = packet.src.ip();
        let passes = *masqueraded || receiver == Some(&**node) || {
            let home = self.view.pod_at(source).and_then(|pod| pod.node.as_deref());
            home.or_else(|| self.view.node_at(source).map(|node| &*node.name)) == Some(&**node)
        };
        if passes {
            self.back = self.rewrite.clone().map(Back::Undone);
            return None;
        }
        let why = msg!("net.back.astray", node = node, endpoint = endpoint);
        let place = Place::Node(node.clone());
        self.arrived(&place, msg!("net.back.title"), msg!("net.transit.lost"), why, packet, true);
        Some(Outcome::TimedOut { connected: false })
    }
}

/// Whether the socket takes the packet.
pub(super) fn takes(listener: &Listener, packet: &Packet) -> bool {
    listener.port == packet.dst.port()
        && Some(listener.protocol) == packet.protocol
        && (listener.bind == Bind::Any || packet.dst.ip().is_loopback())
}

/// `docker.io/library/nginx:1.27` → `nginx`.
pub(super) fn app_name(container: &ContainerNet) -> &str {
    let last = container.image.rsplit('/').next().unwrap_or_default();
    let name = last.split(['@', ':']).next().unwrap_or_default();
    if name.is_empty() { &container.name } else { name }
}

fn proxy_health(now: &str, node: &NodeNet, both: bool, path: &str) -> (u16, String) {
    let one = |family: &str| format!("\"{family}\":{{\"lastUpdated\":\"{now}\",\"healthy\":true}}");
    let six = if both { format!(",{}", one("IPv6")) } else { String::new() };
    let family = format!("\"status\":{{{}{six}}}", one("IPv4"));
    let times = format!("\"lastUpdated\":\"{now}\",\"currentTime\":\"{now}\"");
    if path.starts_with("/livez") {
        return (200, format!("{{{times},\"healthy\":true,{family}}}"));
    }
    let eligible = !node.leaving;
    let status = if eligible { 200 } else { 503 };
    (status, format!("{{{times},\"nodeEligible\":{eligible},\"healthy\":true,{family}}}"))
}
