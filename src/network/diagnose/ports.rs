//! Rows about ports.

use super::endpoints::set_target_port;
use super::facts::{Facts, enumerate, of_service, port_path, written_at};
use super::names::with_host;
use super::{Action, Diagnosis};
use crate::base::path::FieldPath;
use crate::msg;
use crate::network::addr::Protocol;
use crate::network::route::{HopKind, Outcome, Place, Scheme};
use crate::network::view::{
    Bind, Listener, ObjectRef, PodNet, ServiceNet, ServicePort, ServiceType, Speaks, TargetPort,
};
use serde_json::json;
use std::rc::Rc;

/// `80 (http) → 8080`
fn shown(port: &ServicePort) -> String {
    let name = if port.name.is_empty() { String::new() } else { format!(" ({})", port.name) };
    format!("{}/{}{name}", port.port, port.protocol.upper())
}

/// No rule matched a ClusterIP: the Service that has it.
fn unmatched<'f>(facts: &'f Facts<'_>) -> Option<&'f Rc<ServiceNet>> {
    let ip = facts.target()?.ip();
    let service = facts.service.as_ref()?;
    let applies = facts.did_not_connect()
        && facts.trace.matched.is_none()
        && facts.trace.request.to.scheme.protocol().is_some()
        && service.cluster_ips.contains(&ip)
        && !facts.is_outside();
    applies.then_some(service)
}

pub(super) fn wrong_protocol(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = unmatched(facts)?;
    let asked = facts.trace.request.to.port;
    let port = service.ports.iter().find(|port| port.port == asked)?;
    let used = facts.trace.request.to.scheme.protocol()?.upper();
    let cause = msg!(
        "net.cause.wrong-protocol",
        svc = service.key.name,
        port = asked,
        protocol = port.protocol.upper(),
        used = used
    );
    Some(Diagnosis::new("wrong-protocol", cause).see(
        of_service(service),
        port_path(service, port, "protocol"),
        msg!("net.evidence.protocol", protocol = port.protocol.upper()),
    ))
}

/// A port that the Service does not have: often the target port, or the node port, of one that it has.
pub(super) fn wrong_service_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = unmatched(facts)?;
    let asked = facts.trace.request.to.port;
    let has = enumerate(service.ports.iter().map(shown));
    let svc = &service.key.name;
    let target = service.ports.iter().find(|port| port.target == TargetPort::Number(asked));
    let node = service.ports.iter().find(|port| port.node_port == Some(asked));
    let tcp = || service.ports.iter().find(|port| port.protocol == Protocol::Tcp);
    let (cause, meant) = match (target, node) {
        (Some(port), _) => (msg!("net.cause.port-is-target", svc = svc, port = asked, has = port.port), Some(port)),
        (None, Some(port)) => {
            (msg!("net.cause.port-is-node-port", svc = svc, port = asked, has = port.port), Some(port))
        }
        (None, None) => (msg!("net.cause.wrong-port", svc = svc, port = asked, has = has), tcp()),
    };
    let mut diagnosis = Diagnosis::new("wrong-service-port", cause).see(
        of_service(service),
        meant.map_or_else(|| FieldPath::of("spec.ports"), |port| port_path(service, port, "port")),
        msg!("net.evidence.service-ports", has = has),
    );
    if let Some(port) = meant {
        let url = with_host(&facts.trace.request.to, &facts.trace.request.to.host, port.port);
        diagnosis = diagnosis.fix(msg!("net.fix.use-port", port = port.port, url = url), Action::Url(url));
    }
    Some(diagnosis)
}

/// A balancer's address with a port that the Service does not have.
pub(super) fn balancer_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let ip = facts.target()?.ip();
    let service = facts.service.as_ref()?;
    let public = service.external_ips.contains(&ip) || service.ingress.iter().any(|ingress| ingress.ip == Some(ip));
    let asked = facts.trace.request.to.port;
    if !public
        || !facts.did_not_connect()
        || facts.trace.matched.is_some()
        || service.ports.iter().any(|port| port.port == asked)
    {
        return None;
    }
    let has = enumerate(service.ports.iter().map(shown));
    let mut diagnosis =
        Diagnosis::new("balancer-port", msg!("net.cause.wrong-port", svc = service.key.name, port = asked, has = has))
            .see(of_service(service), FieldPath::of("spec.ports"), msg!("net.evidence.service-ports", has = has));
    if let Some(port) = service.ports.first() {
        let url = with_host(&facts.trace.request.to, &facts.trace.request.to.host, port.port);
        diagnosis = diagnosis.fix(msg!("net.fix.use-port", port = port.port, url = url), Action::Url(url));
    }
    Some(diagnosis)
}

/// The pod refused.
fn refused_by_pod<'f>(facts: &'f Facts<'_>) -> Option<(&'f Rc<PodNet>, u16)> {
    let by_pod = matches!(&facts.trace.outcome, Outcome::Refused { by: Place::Pod(_) });
    let pod = facts.last_pod().filter(|_| by_pod)?;
    Some((pod, facts.last_target()?.port()))
}

pub(super) fn loopback_only(facts: &Facts<'_>) -> Option<Diagnosis> {
    let (pod, port) = refused_by_pod(facts)?;
    let (container, _) = pod.listeners().find(|(_, one)| one.port == port && one.bind == Bind::Loopback)?;
    let cause = msg!("net.cause.loopback-only", pod = pod.key.name, container = container.name, port = port);
    let (object, path) = written_at(pod, "spec.containers", "spec.template.spec.containers");
    Some(
        Diagnosis::new("loopback-only", cause)
            .see(object, path, msg!("net.evidence.listens-loopback", port = port))
            .fix(msg!("net.fix.bind-any"), Action::Advice),
    )
}

/// A headless Service has no proxy that could translate ports.
pub(super) fn headless_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let (pod, asked) = refused_by_pod(facts)?;
    let service = facts.service.as_ref().filter(|service| service.headless && facts.trace.matched.is_none())?;
    let port = service.ports.iter().find(|port| port.port == asked)?;
    let target = match &port.target {
        TargetPort::Number(number) => *number,
        TargetPort::Name(name) => {
            pod.containers.iter().flat_map(|one| &one.ports).find(|declared| declared.name == *name)?.port
        }
    };
    if target == asked {
        return None;
    }
    let url = with_host(&facts.trace.request.to, &facts.trace.request.to.host, target);
    Some(
        Diagnosis::new(
            "headless-port",
            msg!("net.cause.headless-port", svc = service.key.name, port = asked, target = target),
        )
        .see(of_service(service), FieldPath::of("spec.clusterIP"), msg!("net.evidence.headless"))
        .see(
            of_service(service),
            port_path(service, port, "targetPort"),
            msg!("net.evidence.target-port", port = target),
        )
        .fix(msg!("net.fix.use-port", port = target, url = url), Action::Url(url)),
    )
}

/// A pod was asked directly, by its address or a name of its own.
pub(super) fn pod_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let (pod, asked) = refused_by_pod(facts)?;
    if facts.trace.matched.is_some() {
        return None;
    }
    let listening = listening(pod);
    let (object, path) = written_at(pod, "spec.containers[0].ports", "spec.template.spec.containers[0].ports");
    let cause = if listening.is_empty() {
        msg!("net.cause.pod-listens-nowhere", pod = pod.key.name)
    } else {
        msg!("net.cause.pod-port", pod = pod.key.name, port = asked, listening = listening)
    };
    let mut diagnosis =
        Diagnosis::new("pod-port", cause).see(object, path, msg!("net.evidence.listens", listening = listening));
    if let Some((_, listener)) = pod.listeners().find(|(_, one)| one.bind == Bind::Any) {
        let url = with_host(&facts.trace.request.to, &facts.trace.request.to.host, listener.port);
        diagnosis = diagnosis.fix(msg!("net.fix.use-port", port = listener.port, url = url), Action::Url(url));
    }
    Some(diagnosis)
}

/// The Service sends to a port where nothing listens.
pub(super) fn target_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let (pod, _) = refused_by_pod(facts)?;
    not_listening(facts.service.as_ref()?, facts.port.as_ref()?, pod)
}

/// `targetPort` of the Service and what the pod listens on.
pub(super) fn not_listening(service: &ServiceNet, port: &ServicePort, pod: &PodNet) -> Option<Diagnosis> {
    let here = listening(pod);
    let svc = &service.key.name;
    let target = &port.target;
    let cause = if here.is_empty() {
        msg!("net.cause.target-port-silent", svc = svc, target = target, pod = pod.key.name)
    } else {
        msg!("net.cause.target-port", svc = svc, target = target, pod = pod.key.name, listening = here)
    };
    let (object, path) = written_at(pod, "spec.containers[0].ports", "spec.template.spec.containers[0].ports");
    let mut diagnosis = Diagnosis::new("target-port", cause)
        .see(
            of_service(service),
            port_path(service, port, "targetPort"),
            msg!("net.evidence.target-port", port = target),
        )
        .see(object, path, msg!("net.evidence.listens", listening = here));
    if let Some((_, listener)) = pod.listeners().find(|(_, one)| one.protocol == port.protocol && one.bind == Bind::Any)
    {
        diagnosis = diagnosis.fix(
            msg!("net.fix.target-port", port = listener.port),
            set_target_port(service, port, json!(listener.port)),
        );
    }
    Some(diagnosis)
}

fn listening(pod: &PodNet) -> String {
    enumerate(pod.listeners().map(|(container, one)| {
        let address = if one.bind == Bind::Loopback { "127.0.0.1:" } else { "" };
        format!("{address}{}/{} ({})", one.port, one.protocol.upper(), container.name)
    }))
}

/// A node's address with a port that is nobody's node port.
pub(super) fn wrong_node_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let by_node = matches!(&facts.trace.outcome, Outcome::Refused { by: Place::Node(_) });
    if !by_node || facts.trace.matched.is_some() || !facts.failed_at(HopKind::Deliver) {
        return None;
    }
    let asked = facts.last_target()?.port();
    let protocol = facts.trace.request.to.scheme.protocol()?;
    let exposed = || facts.view.services().flat_map(|service| service.ports.iter().map(move |port| (service, port)));
    let loopback = facts.last_target()?.ip().is_loopback();
    let mode_matters = exposed().find(|(_, port)| port.node_port == Some(asked) && port.protocol == protocol);
    if let Some((service, _)) = mode_matters {
        // nftables mode opens node ports on the primary address only.
        let cause = if loopback {
            msg!("net.cause.node-port-loopback", port = asked, svc = service.key.name)
        } else {
            msg!("net.cause.node-port-address", port = asked, svc = service.key.name)
        };
        let node = facts.view.node_at(facts.last_target()?.ip()).or_else(|| facts.view.nodes().next())?;
        let url = with_host(&facts.trace.request.to, &node.ip.to_string(), asked);
        return Some(
            Diagnosis::new("wrong-node-port", cause)
                .fix(msg!("net.fix.use-address", address = url), Action::Url(url.clone())),
        );
    }
    let meant = exposed()
        .filter(|(_, port)| port.node_port.is_some())
        .find(|(_, port)| port.port == asked || port.target == TargetPort::Number(asked));
    let all =
        enumerate(exposed().filter_map(|(service, port)| Some(format!("{} ({})", port.node_port?, service.key.name))));
    let host = &facts.trace.request.to.host;
    match meant {
        Some((service, port)) => {
            let node_port = port.node_port?;
            let url = with_host(&facts.trace.request.to, host, node_port);
            let cause =
                msg!("net.cause.not-the-node-port", port = asked, svc = service.key.name, node_port = node_port);
            Some(
                Diagnosis::new("wrong-node-port", cause)
                    .see(
                        of_service(service),
                        port_path(service, port, "nodePort"),
                        msg!("net.evidence.node-port", port = node_port),
                    )
                    .fix(msg!("net.fix.use-port", port = node_port, url = url), Action::Url(url)),
            )
        }
        None if all.is_empty() => Some(
            Diagnosis::new("wrong-node-port", msg!("net.cause.no-node-ports", port = asked))
                .fix(msg!("net.fix.expose"), Action::Advice),
        ),
        None => {
            let node = ObjectRef::node(&facts.view.node_at(facts.last_target()?.ip())?.name);
            Some(Diagnosis::new("wrong-node-port", msg!("net.cause.wrong-node-port", port = asked, has = all)).see(
                node,
                FieldPath::root(),
                msg!("net.evidence.node-ports", has = all),
            ))
        }
    }
}

/// The ports of an ExternalName do nothing.
pub(super) fn external_name_port(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|service| service.kind == ServiceType::ExternalName)?;
    if !facts.did_not_connect() {
        return None;
    }
    let target = service.external_name.as_deref()?;
    let asked = facts.trace.request.to.port;
    let host = facts.view.host(facts.target()?.ip())?;
    let ports = enumerate(host.listeners.iter().map(|listener| listener.port.to_string()));
    let cause =
        msg!("net.cause.external-name-port", svc = service.key.name, target = target, port = asked, listening = ports);
    let mut diagnosis = Diagnosis::new("external-name-port", cause).see(
        of_service(service),
        FieldPath::of("spec.ports"),
        msg!("net.evidence.ports-ignored"),
    );
    // One that speaks what the client speaks, if there is one.
    let fits = |listener: &&Listener| match facts.trace.request.to.scheme {
        Scheme::Http => matches!(listener.speaks, Speaks::Http(_)),
        Scheme::Https => matches!(listener.speaks, Speaks::Https { .. }),
        _ => true,
    };
    if let Some(listener) = host.listeners.iter().find(fits).or(host.listeners.first()) {
        let url = with_host(&facts.trace.request.to, &facts.trace.request.to.host, listener.port);
        diagnosis = diagnosis.fix(msg!("net.fix.use-port", port = listener.port, url = url), Action::Url(url));
    }
    Some(diagnosis)
}

/// The same as a warning, before anybody asks.
pub(super) fn external_name_has_ports(service: &ServiceNet) -> Option<Diagnosis> {
    if service.ports.is_empty() {
        return None;
    }
    let target = service.external_name.as_deref().unwrap_or_default();
    Some(
        Diagnosis::new(
            "external-name-port",
            msg!("net.cause.external-name-has-ports", svc = service.key.name, target = target),
        )
        .see(of_service(service), FieldPath::of("spec.ports"), msg!("net.evidence.ports-ignored")),
    )
}

/// Whether the request spoke TLS.
pub(super) fn is_tls(facts: &Facts<'_>) -> bool {
    facts.trace.request.to.scheme == Scheme::Https
}
