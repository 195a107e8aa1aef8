//! What the rows of the decision table look at.

use crate::base::Str;
use crate::base::path::FieldPath;
use crate::network::addr::Protocol;
use crate::network::route::{Client, HopKind, Outcome, Trace};
use crate::network::view::{Key, NetView, ObjectRef, PodNet, ServiceNet, ServicePort};
use std::net::SocketAddr;
use std::rc::Rc;

/// A failed request and the objects around it.
pub(super) struct Facts<'a> {
    pub view: &'a NetView,
    pub trace: &'a Trace,
    /// The Service that was meant, by whatever way it is known.
    pub service: Option<Rc<ServiceNet>>,
    /// Its port that was used.
    pub port: Option<ServicePort>,
    /// The namespace of the client.
    pub namespace: Str,
}

impl<'a> Facts<'a> {
    pub(super) fn gather(view: &'a NetView, trace: &'a Trace) -> Facts<'a> {
        let namespace = match &trace.request.from {
            Client::Pod(key) => key.namespace.clone(),
            _ => "default".into(),
        };
        let mut facts = Facts { view, trace, service: None, port: None, namespace };
        facts.service = facts.meant_service();
        facts.port = facts.service.as_ref().and_then(|service| facts.meant_port(service));
        facts
    }

    fn meant_service(&self) -> Option<Rc<ServiceNet>> {
        let by_rule = self.trace.matched.as_ref().and_then(|matched| self.view.service(&matched.rules.name.service));
        let by_address = || self.view.service_at(self.target()?.ip());
        let by_balancer = || {
            let ip = self.target().map(|to| to.ip()).filter(|ip| self.view.node_at(*ip).is_none())?;
            self.view.services().find(|service| {
                service.ingress.iter().any(|ingress| ingress.ip == Some(ip)) || service.external_ips.contains(&ip)
            })
        };
        let by_node_port = || {
            let at = self.target().filter(|to| self.view.node_at(to.ip()).is_some())?;
            self.view.services().find(|service| service.ports.iter().any(|port| port.node_port == Some(at.port())))
        };
        let by_name = || self.view.service(&self.named()?);
        by_rule.or_else(by_address).or_else(by_name).or_else(by_balancer).or_else(by_node_port).cloned()
    }

    fn meant_port(&self, service: &ServiceNet) -> Option<ServicePort> {
        let matched = self.trace.matched.as_ref();
        let by_rule =
            matched.and_then(|matched| service.ports.iter().find(|port| port.name == matched.rules.name.port));
        let asked = self.trace.request.to.port;
        let by_number = |port: &&ServicePort| port.port == asked || port.node_port == Some(asked);
        by_rule.or_else(|| service.ports.iter().find(by_number)).cloned()
    }

    /// The Service that a name of the form `name[.namespace[.svc[.domain]]]` stands for, whether or not it exists.
    pub(super) fn named(&self) -> Option<Key> {
        let host = self.trace.request.to.host.trim_end_matches('.').to_ascii_lowercase();
        if host.parse::<std::net::IpAddr>().is_ok() {
            return None;
        }
        let domain = format!(".svc.{}", self.view.config.domain);
        let front = host.strip_suffix(&domain).or_else(|| host.strip_suffix(".svc")).unwrap_or(&host);
        match front.split('.').collect::<Vec<_>>()[..] {
            [name] => Some(Key::new(&self.namespace, name)),
            [name, namespace] => Some(Key::new(namespace, name)),
            _ => None,
        }
    }

    /// The address that was asked for in the end.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        let first = self.trace.hops.iter().find(|hop| hop.kind != HopKind::Dns)?;
        Some(first.before.dst)
    }

    /// The pod in which the way ended.
    pub(super) fn last_pod(&self) -> Option<&Rc<PodNet>> {
        let hop = self.trace.hops.last()?;
        hop.refs().iter().find(|object| object.kind == "Pod").and_then(|object| self.view.pod(&object.key))
    }

    /// Where the packet was going when the way ended.
    pub(super) fn last_target(&self) -> Option<SocketAddr> {
        self.trace.hops.last().map(|hop| hop.after.dst)
    }

    pub(super) fn refused(&self) -> bool {
        matches!(self.trace.outcome, Outcome::Refused { .. })
    }

    pub(super) fn timed_out(&self) -> bool {
        matches!(self.trace.outcome, Outcome::TimedOut { connected: false })
    }

    /// The transport; a ping has none.
    pub(super) fn protocol(&self) -> Option<Protocol> {
        self.trace.request.to.scheme.protocol()
    }

    /// Whether no packet came through, for whatever reason.
    pub(super) fn did_not_connect(&self) -> bool {
        self.refused() || self.timed_out() || matches!(self.trace.outcome, Outcome::NoRoute | Outcome::Unreachable)
    }

    /// Whether the client is outside of the cluster.
    pub(super) fn is_outside(&self) -> bool {
        matches!(self.trace.request.from, Client::Internet | Client::Laptop | Client::Outside(_))
    }

    /// The last hop that failed is of this kind.
    pub(super) fn failed_at(&self, kind: HopKind) -> bool {
        self.trace.hops.last().is_some_and(|hop| hop.failed && hop.kind == kind)
    }

    /// The id of the last hop's explanation.
    pub(super) fn last_reason(&self) -> &'static str {
        self.trace.hops.last().map_or("", |hop| hop.reason())
    }
}

/// `spec.ports[i].<field>` of the port of a Service.
pub(super) fn port_path(service: &ServiceNet, port: &ServicePort, field: &str) -> FieldPath {
    let index = port_index(service, port);
    FieldPath::of("spec.ports").index(index).child(field)
}

/// Which of the Service's ports it is.
pub(super) fn port_index(service: &ServiceNet, port: &ServicePort) -> usize {
    service.ports.iter().position(|one| one.port == port.port && one.protocol == port.protocol).unwrap_or(0)
}

/// The Service as an object.
pub(super) fn of_service(service: &ServiceNet) -> ObjectRef {
    ObjectRef::new("Service", &service.key)
}

/// The pods that the Service selects and that could be endpoints.
pub(super) fn selected<'a>(view: &'a NetView, service: &'a ServiceNet) -> Vec<&'a Rc<PodNet>> {
    let Some(selector) = &service.selector else { return Vec::new() };
    view.pods_in(&service.key.namespace)
        .filter(|pod| selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value)))
        .collect()
}

/// Where the labels or ports of a pod are written: in the template of its workload, or in the pod itself.
pub(super) fn written_at(pod: &PodNet, in_pod: &str, in_template: &str) -> (ObjectRef, FieldPath) {
    match &pod.workload {
        Some(workload) => (workload.clone(), FieldPath::of(in_template)),
        None => (ObjectRef::new("Pod", &pod.key), FieldPath::of(in_pod)),
    }
}

/// `1, 2 and so on` for sentences: the items joined by commas, at most eight of them.
pub(super) fn enumerate(items: impl IntoIterator<Item = String>) -> String {
    let all: Vec<String> = items.into_iter().collect();
    match all.get(..8) {
        Some(first) if all.len() > 8 => format!("{}, …", first.join(", ")),
        _ => all.join(", "),
    }
}
