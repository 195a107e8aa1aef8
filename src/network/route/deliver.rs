//! The process at the end of the way.

use super::target::Scheme;
use super::walk::{Packet, Walk};
use super::{Hop, HopKind, Outcome, Place, Request, TlsProblem};
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::Duration;
use crate::kubelet::behaviour::Facts;
use crate::msg;
use crate::network::addr::Protocol;
use crate::network::ingress::covers;
use crate::network::rules::choice::local_ready;
use crate::network::view::{Bind, ContainerNet, HttpHandler, Listener, NodeNet, ObjectRef, PodNet, Speaks};
use std::net::IpAddr;
use std::rc::Rc;

/// Time for a process to take a connection.
const ACCEPT: Duration = Duration::from_micros(200);
/// kube-proxy's own health port.
const PROXY_HEALTH: u16 = 10_256;

/// Who answers: what placeholders of a body stand for.
pub(super) struct Answerer<'a> {
    pub(super) place: Place,
    name: &'a str,
    namespace: &'a str,
    node: &'a str,
}

impl Walk<'_> {
    /// The packet is in the pod.
    pub(super) fn deliver_to_pod(&mut self, pod: &Rc<PodNet>, packet: &Packet) -> Outcome {
        self.seen_source = Some(packet.src);
        if let Some(outcome) = self.way_back(packet, pod.node.as_deref()) {
            return outcome;
        }
        let place = Place::Pod(pod.key.clone());
        if packet.protocol.is_none() {
            return self.echo(place, packet);
        }
        let socket = pod.listeners().find(|(_, listener)| takes(listener, packet));
        let answerer = Answerer {
            place: place.clone(),
            name: &pod.key.name,
            namespace: &pod.key.namespace,
            node: pod.node.as_deref().unwrap_or_default(),
        };
        let node = answerer.node;
        match socket {
            Some((container, listener)) => {
                let why = msg!("net.deliver.listens", app = app_name(container), port = listener.port);
                self.arrived(&place, msg!("net.deliver.pod", pod = pod.key.name), on_node(node), why, packet, false);
                self.speak(listener, packet, &answerer)
            }
            None => {
                let loopback = pod.listeners().any(|(_, listener)| {
                    listener.port == packet.dst.port() && Some(listener.protocol) == packet.protocol
                });
                let why = if loopback {
                    msg!("net.deliver.loopback-only", port = packet.dst.port())
                } else {
                    self.nothing_listens(pod, packet)
                };
                self.arrived(&place, msg!("net.deliver.pod", pod = pod.key.name), on_node(node), why, packet, true);
                Outcome::Refused { by: place }
            }
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
            Some((pod, (container, listener))) => {
                let place = Place::Pod(pod.key.clone());
                let why = msg!("net.deliver.listens-host", app = app_name(container), port = listener.port);
                self.arrived(
                    &place,
                    msg!("net.deliver.pod", pod = pod.key.name),
                    on_node(&node.name),
                    why,
                    packet,
                    false,
                );
                let answerer = Answerer { place, name: &pod.key.name, namespace: &pod.key.namespace, node: &node.name };
                self.speak(listener, packet, &answerer)
            }
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
            let (status, body) = proxy_health(&self.view.now.timestamp().to_string(), node, &self.request.to.path);
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
        Some(Outcome::Answered { status: Some(status), headers, body: body.into(), by: place })
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
                self.speak(listener, packet, &Answerer { place, name: &host.name, namespace: "", node: "" })
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
            title,
            what,
            why,
            failed,
            rule: None,
            before: packet.flow(),
            after: packet.flow(),
            refs,
            took: ACCEPT,
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
        Outcome::Answered { status: None, headers: Vec::new(), body: "".into(), by: place }
    }

    /// Whether the answer can come back. A node that rewrote only the destination has to see the answer, or the client
    /// gets one from an address that it never asked.
    fn way_back(&mut self, packet: &Packet, receiver: Option<&str>) -> Option<Outcome> {
        let Some(rewrite) = self.rewrites.last() else {
            self.back = Some(msg!("net.back.direct"));
            return None;
        };
        let (node, original, endpoint) = (&rewrite.node, rewrite.original, rewrite.endpoint);
        let source = packet.src.ip();
        let home = self.view.pod_at(source).and_then(|pod| pod.node.clone());
        let home = home.or_else(|| self.view.node_at(source).map(|node| node.name.clone()));
        let passes = rewrite.masqueraded || receiver == Some(&**node) || home.as_deref() == Some(&**node);
        if passes {
            self.back = Some(if rewrite.masqueraded {
                msg!("net.back.masqueraded", node = node, endpoint = endpoint, original = original)
            } else {
                msg!("net.back.rewritten", node = node, endpoint = endpoint, original = original)
            });
            return None;
        }
        let why = msg!("net.back.astray", node = node, endpoint = endpoint);
        let place = Place::Node(node.clone());
        self.arrived(&place, msg!("net.back.title"), msg!("net.transit.lost"), why, packet, true);
        Some(Outcome::TimedOut { connected: false })
    }

    fn speak(&mut self, listener: &Listener, packet: &Packet, who: &Answerer<'_>) -> Outcome {
        let scheme = self.request.to.scheme;
        match (&listener.speaks, scheme) {
            (Speaks::Ingress { tls }, Scheme::Http | Scheme::Https) => self.ingress(*tls, packet, who),
            (Speaks::Closes, Scheme::Http) => Outcome::Empty,
            (Speaks::Closes, Scheme::Https) => Outcome::Tls(TlsProblem::NotTls),
            (Speaks::Resets, _) => Outcome::Reset,
            (_, Scheme::Tcp) => self.answered(None, &[], "", packet, who),
            (Speaks::Nothing, _) => Outcome::TimedOut { connected: true },
            (Speaks::Raw(text), Scheme::Udp) => self.answered(None, &[], text, packet, who),
            (_, Scheme::Udp | Scheme::Ping) => self.answered(None, &[], "", packet, who),
            (Speaks::Raw(_), Scheme::Http) => Outcome::NotHttp,
            (Speaks::Raw(_) | Speaks::Http(_), Scheme::Https) => Outcome::Tls(TlsProblem::NotTls),
            (Speaks::Http(handlers), Scheme::Http) => self.http(handlers, packet, who),
            (Speaks::Https { .. }, Scheme::Http) => {
                self.answered(Some(400), &[], "Client sent an HTTP request to an HTTPS server.\n", packet, who)
            }
            (Speaks::Https { names, trusted, handlers }, Scheme::Https) => {
                let host = self.request.to.host.to_ascii_lowercase();
                if !self.request.insecure && !trusted {
                    Outcome::Tls(TlsProblem::Untrusted)
                } else if !self.request.insecure && !names.iter().any(|name| covers(name, &host)) {
                    Outcome::Tls(TlsProblem::WrongName)
                } else {
                    self.http(handlers, packet, who)
                }
            }
        }
    }

    fn http(&mut self, handlers: &[HttpHandler], packet: &Packet, who: &Answerer<'_>) -> Outcome {
        let bare = self.request.bare_host();
        let path = self.request.to.path.clone();
        let fits = |handler: &&HttpHandler| {
            handler.host.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&bare))
                && is_for(&handler.path, &path)
        };
        match handlers.iter().find(fits) {
            Some(handler) => {
                self.latency += handler.delay;
                if self.request.timeout.is_some_and(|limit| self.latency > limit) {
                    return Outcome::TimedOut { connected: true };
                }
                self.answered(Some(handler.status), &handler.headers, &handler.body, packet, who)
            }
            None => self.answered(Some(404), &[], "404 page not found\n", packet, who),
        }
    }

    fn answered(
        &self,
        status: Option<u16>,
        headers: &[(Str, Str)],
        body: &str,
        packet: &Packet,
        who: &Answerer<'_>,
    ) -> Outcome {
        let request = self.request;
        let facts = Facts {
            pod: who.name,
            namespace: who.namespace,
            node: who.node,
            ip: &packet.dst.ip().to_string(),
            port: &packet.dst.port().to_string(),
            client: &packet.src.ip().to_string(),
            client_port: &packet.src.port().to_string(),
            host: &request.host_header(),
            path: &request.to.path,
            method: &request.method,
            agent: &request.agent,
            headers: &header_lines(request),
        };
        Outcome::Answered {
            status,
            headers: headers.iter().map(|(name, value)| (name.clone(), facts.fill(value).into())).collect(),
            body: facts.fill(body).into(),
            by: who.place.clone(),
        }
    }
}

/// Further headers as Go prints them: sorted, each word of a name with a capital.
fn header_lines(request: &Request) -> String {
    let canonical = |name: &str| {
        let words = name.split('-').map(|word| {
            let lower = word.to_ascii_lowercase();
            lower.get(..1).unwrap_or_default().to_ascii_uppercase() + lower.get(1..).unwrap_or_default()
        });
        words.collect::<Vec<_>>().join("-")
    };
    let mut lines: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{}: {value}\n", canonical(name))).collect();
    lines.sort();
    lines.concat()
}

/// Whether a handler's path fits that of a request.
fn is_for(pattern: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => pattern.is_empty() || path == pattern,
    }
}

/// Whether the socket takes the packet.
fn takes(listener: &Listener, packet: &Packet) -> bool {
    listener.port == packet.dst.port()
        && Some(listener.protocol) == packet.protocol
        && (listener.bind == Bind::Any || packet.dst.ip().is_loopback())
}

fn on_node(node: &str) -> Msg {
    msg!("net.deliver.on-node", node = node)
}

/// `docker.io/library/nginx:1.27` → `nginx`.
fn app_name(container: &ContainerNet) -> &str {
    let last = container.image.rsplit('/').next().unwrap_or_default();
    let name = last.split(['@', ':']).next().unwrap_or_default();
    if name.is_empty() { &container.name } else { name }
}

fn proxy_health(now: &str, node: &NodeNet, path: &str) -> (u16, String) {
    let family = format!("\"status\":{{\"IPv4\":{{\"lastUpdated\":\"{now}\",\"healthy\":true}}}}");
    let times = format!("\"lastUpdated\":\"{now}\",\"currentTime\":\"{now}\"");
    if path.starts_with("/livez") {
        return (200, format!("{{{times},\"healthy\":true,{family}}}"));
    }
    let eligible = !node.leaving;
    let status = if eligible { 200 } else { 503 };
    (status, format!("{{{times},\"nodeEligible\":{eligible},\"healthy\":true,{family}}}"))
}
