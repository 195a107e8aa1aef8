//! Rows about names.

use super::facts::{Facts, enumerate, of_service, selected};
use super::{Action, Diagnosis, endpoints};
use crate::base::path::FieldPath;
use crate::base::text::nearest;
use crate::msg;
use crate::network::dns::lookup::Reach;
use crate::network::route::{Client, Outcome, Target};
use crate::network::view::{Key, ObjectRef, ServiceType};
use serde_json::json;
use std::net::IpAddr;

fn unknown(facts: &Facts<'_>) -> bool {
    matches!(facts.trace.outcome, Outcome::NoSuchName { reach: Reach::Answers, .. })
}

/// The URL of the request with another host.
pub(super) fn with_host(target: &Target, host: &str, port: u16) -> String {
    let scheme = if target.scheme == crate::network::route::Scheme::Https { "https" } else { "http" };
    let shown = if (scheme, port) == ("http", 80) || (scheme, port) == ("https", 443) {
        String::new()
    } else {
        format!(":{port}")
    };
    let path = if &*target.path == "/" { "" } else { &*target.path };
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    format!("{scheme}://{host}{shown}{path}")
}

fn try_host(facts: &Facts<'_>, host: &str) -> Action {
    Action::Url(with_host(&facts.trace.request.to, host, facts.trace.request.to.port))
}

pub(super) fn dns_server(facts: &Facts<'_>) -> Option<Diagnosis> {
    let Outcome::NoSuchName { reach, .. } = facts.trace.outcome else { return None };
    if reach == Reach::Answers {
        return None;
    }
    let service = facts.view.service_at(facts.view.config.dns_ip);
    let cause = match reach {
        Reach::Refused => msg!("net.cause.dns-refused", server = facts.view.config.dns_ip),
        Reach::Missing => msg!("net.cause.dns-missing"),
        Reach::Silent | Reach::Answers => msg!("net.cause.dns-silent", server = facts.view.config.dns_ip),
    };
    let mut diagnosis = Diagnosis::new("dns-server", cause);
    if let Some(service) = service {
        for pod in selected(facts.view, service) {
            let says = msg!("net.evidence.dns-pod", pod = pod.key.name, ready = pod.ready);
            diagnosis = diagnosis.see(ObjectRef::new("Pod", &pod.key), FieldPath::of("status.conditions"), says);
        }
        let command = format!("kubectl get pods -n {} -o wide", service.key.namespace);
        diagnosis = diagnosis.fix(msg!("net.fix.look-at-dns"), Action::Command(command));
    }
    Some(diagnosis)
}

/// `externalName: 203.0.113.50` is not an address but a name of digits, and CoreDNS has no record for it.
pub(super) fn external_name_address(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|service| service.kind == ServiceType::ExternalName)?;
    let value = service.external_name.as_deref()?;
    if !unknown(facts) || value.parse::<IpAddr>().is_err() {
        return None;
    }
    Some(
        Diagnosis::new(
            "external-name-address",
            msg!("net.cause.external-name-address", svc = service.key.name, ip = value),
        )
        .see(of_service(service), FieldPath::of("spec.externalName"), msg!("net.evidence.external-name", name = value))
        .fix(msg!("net.fix.slice-for-address", ip = value), Action::Advice),
    )
}

pub(super) fn external_name_target(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|service| service.kind == ServiceType::ExternalName)?;
    if !unknown(facts) {
        return None;
    }
    let value = service.external_name.as_deref().unwrap_or_default();
    Some(
        Diagnosis::new(
            "external-name-target",
            msg!("net.cause.external-name-target", svc = service.key.name, name = value),
        )
        .see(of_service(service), FieldPath::of("spec.externalName"), msg!("net.evidence.external-name", name = value))
        .fix(msg!("net.fix.external-name"), Action::Advice),
    )
}

/// A headless Service without a ready endpoint has no addresses, so its name does not exist.
pub(super) fn headless_empty(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|service| service.headless && unknown(facts))?;
    let because = endpoints::no_pod_matches(facts.view, service).or_else(|| endpoints::none_ready(facts.view, service));
    let mut diagnosis = Diagnosis::new("headless-empty", msg!("net.cause.headless-empty", svc = service.key.name));
    if let Some(because) = because {
        diagnosis.evidence = because.evidence;
        diagnosis.fixes = because.fixes;
        diagnosis = diagnosis.see(of_service(service), FieldPath::of("spec.clusterIP"), because.cause);
    }
    Some(diagnosis)
}

pub(super) fn name_outside_cluster(facts: &Facts<'_>) -> Option<Diagnosis> {
    let in_pod = matches!(facts.trace.request.from, Client::Pod(_));
    let key = facts.named()?;
    let service = facts.view.service(&key).filter(|_| unknown(facts) && !in_pod)?;
    let mut diagnosis =
        Diagnosis::new("name-outside-cluster", msg!("net.cause.name-outside-cluster", svc = service.key.name));
    let node = facts.view.nodes().next();
    let node_port = service.ports.iter().find_map(|port| port.node_port);
    let ingress = service.ingress.iter().find_map(|ingress| ingress.ip);
    match (ingress, node, node_port, &facts.trace.request.from) {
        (_, _, _, Client::Node(_)) if !service.cluster_ips.is_empty() => {
            for ip in service.cluster_ips.iter().take(1) {
                diagnosis = diagnosis.fix(msg!("net.fix.use-address", address = ip), try_host(facts, &ip.to_string()));
            }
        }
        (Some(ip), ..) => {
            diagnosis = diagnosis.fix(msg!("net.fix.use-address", address = ip), try_host(facts, &ip.to_string()));
        }
        (None, Some(node), Some(port), _) => {
            let url = with_host(&facts.trace.request.to, &node.ip.to_string(), port);
            diagnosis = diagnosis.fix(msg!("net.fix.use-address", address = url), Action::Url(url));
        }
        _ => diagnosis = diagnosis.fix(msg!("net.fix.expose"), Action::Advice),
    }
    Some(diagnosis)
}

pub(super) fn other_namespace(facts: &Facts<'_>) -> Option<Diagnosis> {
    let key = facts.named().filter(|_| unknown(facts))?;
    let others: Vec<_> = facts
        .view
        .services()
        .filter(|service| service.key.name == key.name && service.key.namespace != key.namespace)
        .collect();
    let first = others.first()?;
    let spaces = enumerate(others.iter().map(|service| service.key.namespace.to_string()));
    let name = format!("{}.{}", first.key.name, first.key.namespace);
    let cause = msg!("net.cause.other-namespace", svc = key.name, namespace = key.namespace, others = spaces);
    Some(
        Diagnosis::new("other-namespace", cause)
            .see(
                of_service(first),
                FieldPath::of("metadata.namespace"),
                msg!("net.evidence.lives-in", svc = first.key.name, namespace = first.key.namespace),
            )
            .fix(msg!("net.fix.use-name", name = name), try_host(facts, &name)),
    )
}

/// Pods have no names in DNS, unless a headless Service gives them one.
pub(super) fn pod_name(facts: &Facts<'_>) -> Option<Diagnosis> {
    let key = facts.named().filter(|_| unknown(facts))?;
    let pod = facts.view.pod(&key)?;
    let owner = facts
        .view
        .services_in(&key.namespace)
        .find(|service| pod.subdomain.as_ref() == Some(&service.key.name) && service.headless);
    let mut diagnosis = Diagnosis::new("pod-name", msg!("net.cause.pod-name", pod = pod.key.name));
    if let Some(service) = owner {
        let name = format!("{}.{}", pod.host_name(), service.key.name);
        diagnosis = diagnosis.fix(msg!("net.fix.use-name", name = name), try_host(facts, &name));
    }
    if let Some(ip) = pod.ip {
        diagnosis = diagnosis.fix(msg!("net.fix.use-address", address = ip), try_host(facts, &ip.to_string()));
    }
    Some(diagnosis)
}

pub(super) fn typo(facts: &Facts<'_>) -> Option<Diagnosis> {
    let key = facts.named().filter(|_| unknown(facts))?;
    let here: Vec<_> = facts.view.services_in(&key.namespace).collect();
    let meant = nearest(&key.name, here.iter().map(|service| &*service.key.name));
    let (name, namespace) = match meant {
        Some(name) => (name.to_owned(), key.namespace.to_string()),
        None => {
            // A wrong namespace: the name exists in one whose name is near.
            let spaces = facts.view.services().filter(|one| one.key.name == key.name).map(|one| &*one.key.namespace);
            (key.name.to_string(), nearest(&key.namespace, spaces)?.to_owned())
        }
    };
    let service = facts.view.service(&Key::new(&namespace, &name))?;
    let shown = if *namespace == *facts.namespace { name } else { format!("{name}.{namespace}") };
    Some(
        Diagnosis::new("name-typo", msg!("net.cause.name-typo", name = facts.trace.request.to.host, meant = shown))
            .see(
                of_service(service),
                FieldPath::of("metadata.name"),
                msg!("net.evidence.called", name = service.key.name),
            )
            .fix(msg!("net.fix.use-name", name = shown), try_host(facts, &shown)),
    )
}

pub(super) fn no_such_name(facts: &Facts<'_>) -> Option<Diagnosis> {
    if !unknown(facts) {
        return None;
    }
    let name = &facts.trace.request.to.host;
    let services = enumerate(facts.view.services_in(&facts.namespace).map(|service| service.key.name.to_string()));
    let asked = facts.trace.lookup.as_ref().map_or(0, |lookup| lookup.queries.len());
    let cause = if services.is_empty() {
        msg!("net.cause.no-such-name", name = name, queries = asked)
    } else {
        msg!("net.cause.no-such-name-but", name = name, namespace = facts.namespace, services = services)
    };
    Some(
        Diagnosis::new("no-such-name", cause).fix(
            msg!("net.fix.list-services"),
            Action::Command(format!("kubectl get services -n {}", facts.namespace)),
        ),
    )
}

/// The server that an ExternalName leads to is asked for under the Service's name.
pub(super) fn external_name_host(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|service| service.kind == ServiceType::ExternalName)?;
    let Outcome::Answered { status: Some(404 | 421), .. } = facts.trace.outcome else { return None };
    let target = service.external_name.as_deref()?;
    let host = &facts.trace.request.to.host;
    Some(
        Diagnosis::new("external-name-host", msg!("net.cause.external-name-host", host = host, target = target))
            .see(
                of_service(service),
                FieldPath::of("spec.externalName"),
                msg!("net.evidence.external-name", name = target),
            )
            .fix(
                msg!("net.fix.host-header", target = target),
                Action::Host(target.to_owned(), with_host(&facts.trace.request.to, host, facts.trace.request.to.port)),
            ),
    )
}

/// The patch that changes the type of a Service.
pub(super) fn set_type(service: &crate::network::view::ServiceNet, kind: &str) -> Action {
    Action::MergePatch(of_service(service), json!({"spec": {"type": kind}}))
}
