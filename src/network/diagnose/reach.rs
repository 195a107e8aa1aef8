//! Rows about places: from where what can be reached, and what stands in between.

use super::facts::{Facts, enumerate, of_service};
use super::names::{set_type, with_host};
use super::ports::is_tls;
use super::{Action, Diagnosis};
use crate::base::Order;
use crate::base::path::FieldPath;
use crate::msg;
use crate::network::addr::in_url;
use crate::network::route::{Client, Hop, HopKind, Outcome, Scheme, TlsProblem, why_not_ready};
use crate::network::rules::VipKind;
use crate::network::view::{NetView, ObjectRef, ServiceNet, ServiceType};
use serde_json::json;

pub(super) fn client(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.trace.outcome != Outcome::NoClient {
        return None;
    }
    Some(match &facts.trace.request.from {
        Client::Pod(key) => {
            let diagnosis = Diagnosis::new("client", msg!("net.cause.client-pod", pod = key.name));
            match facts.view.pod(key) {
                Some(pod) => diagnosis.see(
                    ObjectRef::new("Pod", key),
                    FieldPath::of("status.phase"),
                    why_not_ready(facts.view, pod),
                ),
                None => diagnosis,
            }
        }
        Client::Node(name) => Diagnosis::new("client", msg!("net.cause.client-node", node = name)),
        Client::Internet | Client::Laptop | Client::Outside(_) => {
            Diagnosis::new("client", msg!("net.cause.client-outside"))
        }
    })
}

pub(super) fn node_down(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.last_reason() != "net.transit.node-down" {
        return None;
    }
    let node = facts.trace.hops.last()?.refs().into_iter().next()?;
    let name = node.key.name.clone();
    Some(
        Diagnosis::new("node-down", msg!("net.cause.node-down", node = name))
            .see(node, FieldPath::of("status.conditions"), msg!("net.evidence.node-down", node = name))
            .fix(msg!("net.fix.wait-for-node"), Action::Command("kubectl get nodes".to_owned())),
    )
}

pub(super) fn ping(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.trace.request.to.scheme != Scheme::Ping || facts.trace.is_answered() {
        return None;
    }
    let service = facts.service.as_ref()?;
    let diagnosis = Diagnosis::new("ping", msg!("net.cause.ping", svc = service.key.name, ip = facts.target()?.ip()));
    let port = service.ports.first()?.port;
    let url = with_host(&facts.trace.request.to, &facts.trace.request.to.host, port);
    Some(diagnosis.fix(msg!("net.fix.use-port", port = port, url = url), Action::Url(url)))
}

/// A proxy that stopped keeps the rules of an earlier moment, and any proxy follows a change a little later.
pub(super) fn stale_rules(facts: &Facts<'_>) -> Option<Diagnosis> {
    if !facts.did_not_connect() {
        return None;
    }
    let node = facts.trace.hops.iter().flat_map(Hop::refs).find(|object| object.kind == "Node");
    let home = match &facts.trace.request.from {
        Client::Pod(key) => facts.view.pod(key).and_then(|pod| pod.node.clone()),
        Client::Node(name) => Some(name.clone()),
        _ => None,
    };
    let name = node.map(|object| object.key.name.clone()).or(home)?;
    let service = facts.service.as_ref()?;
    let stopped = facts.view.is_held(&name)
        && facts.view.rules(&name).service(&service.key) != facts.view.newest_rules().service(&service.key);
    // A Service that could not work with new rules either has a better cause.
    let following = || facts.view.is_ahead(&service.key) && super::check_service(facts.view, &service.key).is_empty();
    (stopped || following()).then(|| {
        Diagnosis::new("stale-rules", msg!("net.cause.stale-rules", node = name, svc = service.key.name)).see(
            ObjectRef::node(&name),
            FieldPath::root(),
            msg!("net.evidence.stale-rules", node = name),
        )
    })
}

/// kube-proxy leaves a Service with this label to another proxy, and there is none.
pub(super) fn other_proxy(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|_| facts.did_not_connect() && facts.trace.matched.is_none())?;
    let proxy = service.other_proxy.as_ref()?;
    let labels = json!({"metadata": {"labels": {"service.kubernetes.io/service-proxy-name": null}}});
    Some(
        Diagnosis::new("other-proxy", msg!("net.cause.other-proxy", svc = service.key.name, proxy = proxy))
            .see(
                of_service(service),
                FieldPath::of("metadata.labels").key("service.kubernetes.io/service-proxy-name"),
                msg!("net.evidence.other-proxy", proxy = proxy),
            )
            .fix(msg!("net.fix.no-other-proxy"), Action::MergePatch(of_service(service), labels)),
    )
}

pub(super) fn source_ranges(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|_| facts.last_reason() == "net.proxy.source-ranges-why")?;
    let source = facts.trace.hops.last()?.before.src.ip();
    let ranges = enumerate(service.source_ranges.iter().map(ToString::to_string));
    let mut all: Vec<String> = service.source_ranges.iter().map(ToString::to_string).collect();
    all.push(format!("{source}/32"));
    Some(
        Diagnosis::new(
            "source-ranges",
            msg!("net.cause.source-ranges", svc = service.key.name, source = source, ranges = ranges),
        )
        .see(
            of_service(service),
            FieldPath::of("spec.loadBalancerSourceRanges"),
            msg!("net.evidence.source-ranges", ranges = ranges),
        )
        .fix(
            msg!("net.fix.add-range", source = source),
            Action::MergePatch(of_service(service), json!({"spec": {"loadBalancerSourceRanges": all}})),
        ),
    )
}

fn no_local(facts: &Facts<'_>) -> bool {
    facts.failed_at(HopKind::Proxy) && facts.last_reason() == "net.proxy.no-local-why"
}

/// The nodes that have an endpoint.
fn nodes_with_endpoints(facts: &Facts<'_>) -> String {
    let mut names: Vec<String> = facts
        .trace
        .candidates(facts.view)
        .iter()
        .filter_map(|one| one.node.as_ref())
        .map(ToString::to_string)
        .collect();
    names.order();
    names.dedup();
    enumerate(names)
}

pub(super) fn external_local(facts: &Facts<'_>) -> Option<Diagnosis> {
    let matched =
        facts.trace.matched.as_ref().filter(|matched| no_local(facts) && matched.kind != VipKind::ClusterIp)?;
    let service = facts.service.as_ref()?;
    let others = nodes_with_endpoints(facts);
    Some(
        Diagnosis::new(
            "external-policy-local",
            msg!("net.cause.external-local", svc = service.key.name, node = matched.node.name, others = others),
        )
        .see(of_service(service), FieldPath::of("spec.externalTrafficPolicy"), msg!("net.evidence.policy-local"))
        .see(
            ObjectRef::node(&matched.node.name),
            FieldPath::root(),
            msg!("net.evidence.no-local", node = matched.node.name),
        )
        .fix(
            msg!("net.fix.external-cluster"),
            Action::MergePatch(of_service(service), json!({"spec": {"externalTrafficPolicy": "Cluster"}})),
        )
        .fix(msg!("net.fix.pod-on-node", node = matched.node.name), Action::Advice),
    )
}

pub(super) fn internal_local(facts: &Facts<'_>) -> Option<Diagnosis> {
    let matched =
        facts.trace.matched.as_ref().filter(|matched| no_local(facts) && matched.kind == VipKind::ClusterIp)?;
    let service = facts.service.as_ref()?;
    let others = nodes_with_endpoints(facts);
    Some(
        Diagnosis::new(
            "internal-policy-local",
            msg!("net.cause.internal-local", svc = service.key.name, node = matched.node.name, others = others),
        )
        .see(of_service(service), FieldPath::of("spec.internalTrafficPolicy"), msg!("net.evidence.policy-local"))
        .see(
            ObjectRef::node(&matched.node.name),
            FieldPath::root(),
            msg!("net.evidence.no-local", node = matched.node.name),
        )
        .fix(
            msg!("net.fix.internal-cluster"),
            Action::MergePatch(of_service(service), json!({"spec": {"internalTrafficPolicy": "Cluster"}})),
        )
        .fix(msg!("net.fix.pod-on-node", node = matched.node.name), Action::Advice),
    )
}

pub(super) fn tls(facts: &Facts<'_>) -> Option<Diagnosis> {
    let host = &facts.trace.request.to.host;
    let port = facts.trace.request.to.port;
    let plain_to_tls = matches!(facts.trace.outcome, Outcome::Answered { status: Some(400), .. })
        && !is_tls(facts)
        && facts.trace.answer().is_some_and(|answer| answer.body.contains("HTTPS server"));
    let url = |scheme: &str| format!("{scheme}://{host}:{port}");
    Some(match facts.trace.outcome {
        Outcome::Tls(TlsProblem::NotTls) => Diagnosis::new("tls", msg!("net.cause.not-tls", host = host, port = port))
            .fix(msg!("net.fix.use-url", url = url("http")), Action::Url(url("http"))),
        Outcome::Tls(TlsProblem::Untrusted | TlsProblem::SelfSigned) => {
            Diagnosis::new("tls", msg!("net.cause.untrusted", host = host))
                .fix(msg!("net.fix.insecure"), Action::Command(format!("curl -k {}", url("https"))))
        }
        Outcome::Tls(TlsProblem::WrongName) => {
            let diagnosis = Diagnosis::new("tls", msg!("net.cause.wrong-name", host = host));
            match facts.service.as_ref().and_then(|service| service.external_name.as_ref().map(|name| (service, name)))
            {
                Some((service, name)) => diagnosis
                    .see(
                        of_service(service),
                        FieldPath::of("spec.externalName"),
                        msg!("net.evidence.external-name", name = name),
                    )
                    .fix(
                        msg!("net.fix.use-name", name = name),
                        Action::Url(with_host(&facts.trace.request.to, name, port)),
                    ),
                None => diagnosis,
            }
        }
        _ if plain_to_tls => Diagnosis::new("tls", msg!("net.cause.plain-to-tls", host = host, port = port))
            .fix(msg!("net.fix.use-url", url = url("https")), Action::Url(url("https"))),
        _ => return None,
    })
}

pub(super) fn not_http(facts: &Facts<'_>) -> Option<Diagnosis> {
    matches!(facts.trace.outcome, Outcome::NotHttp | Outcome::Empty)
        .then(|| Diagnosis::new("not-http", msg!("net.cause.not-http", port = facts.trace.request.to.port)))
}

pub(super) fn silent_process(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.trace.outcome != (Outcome::TimedOut { connected: true }) {
        return None;
    }
    let pod = facts.last_pod()?;
    let command = format!("kubectl logs {} -n {}", pod.key.name, pod.key.namespace);
    Some(
        Diagnosis::new("silent-process", msg!("net.cause.silent-process", pod = pod.key.name))
            .see(ObjectRef::new("Pod", &pod.key), FieldPath::of("spec.containers"), msg!("net.evidence.accepted"))
            .fix(msg!("net.fix.look-at-pod", pod = pod.key.name), Action::Command(command)),
    )
}

pub(super) fn resets(facts: &Facts<'_>) -> Option<Diagnosis> {
    let pod = facts.last_pod().filter(|_| facts.trace.outcome == Outcome::Reset)?;
    let command = format!("kubectl logs {} -n {}", pod.key.name, pod.key.namespace);
    Some(
        Diagnosis::new("resets", msg!("net.cause.resets", pod = pod.key.name))
            .fix(msg!("net.fix.look-at-pod", pod = pod.key.name), Action::Command(command)),
    )
}

/// A LoadBalancer that nobody gave an address.
pub(super) fn pending(view: &NetView, service: &ServiceNet) -> Diagnosis {
    let svc = &service.key.name;
    let cause = match &service.balancer_class {
        Some(class) => msg!("net.cause.pending-class", svc = svc, class = class),
        None if view.config.balancers => msg!("net.cause.pending-soon", svc = svc),
        None => msg!("net.cause.pending", svc = svc),
    };
    let diagnosis = Diagnosis::new("load-balancer-pending", cause).see(
        of_service(service),
        FieldPath::of("status.loadBalancer"),
        msg!("net.evidence.pending"),
    );
    let node = view.nodes().next();
    match (node, service.ports.iter().find_map(|port| port.node_port)) {
        (Some(node), Some(port)) => {
            let url = format!("http://{}:{port}", in_url(node.ip));
            diagnosis.fix(msg!("net.fix.node-port-meanwhile", url = url), Action::Url(url))
        }
        _ => diagnosis,
    }
}

pub(super) fn balancer_pending(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|_| facts.is_outside())?;
    let inside = facts.did_not_connect() && facts.target().is_some_and(|to| service.cluster_ips.contains(&to.ip()));
    let by_name = matches!(facts.trace.outcome, Outcome::NoSuchName { .. });
    let waits = service.kind == ServiceType::LoadBalancer && service.ingress.is_empty() && (inside || by_name);
    waits.then(|| pending(facts.view, service))
}

pub(super) fn cluster_ip_from_outside(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.last_reason() != "net.outside.service-cidr" && facts.last_reason() != "net.outside.pod-cidr" {
        return None;
    }
    let ip = facts.target()?.ip();
    let service = facts.service.as_ref();
    let cause = match service {
        Some(service) => msg!("net.cause.cluster-ip-outside", svc = service.key.name, ip = ip),
        None => msg!("net.cause.pod-ip-outside", ip = ip),
    };
    let diagnosis = Diagnosis::new("cluster-ip-from-outside", cause);
    let Some(service) = service else { return Some(diagnosis.fix(msg!("net.fix.expose"), Action::Advice)) };
    let diagnosis = diagnosis.see(of_service(service), FieldPath::of("spec.type"), msg!("net.evidence.type"));
    let node = facts.view.nodes().next();
    let ingress = service.ingress.iter().find_map(|ingress| ingress.ip);
    Some(match (ingress, node, service.ports.iter().find_map(|port| port.node_port)) {
        (Some(ip), ..) => {
            let url = with_host(&facts.trace.request.to, &ip.to_string(), facts.trace.request.to.port);
            diagnosis.fix(msg!("net.fix.use-url", url = url), Action::Url(url))
        }
        (None, Some(node), Some(port)) => {
            let url = with_host(&facts.trace.request.to, &node.ip.to_string(), port);
            diagnosis.fix(msg!("net.fix.use-url", url = url), Action::Url(url))
        }
        _ => diagnosis.fix(msg!("net.fix.make-node-port"), set_type(service, "NodePort")),
    })
}

/// The URL of the request.
fn target_url(facts: &Facts<'_>) -> String {
    let to = &facts.trace.request.to;
    with_host(to, &to.host, to.port)
}

pub(super) fn node_hidden(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.last_reason() != "net.outside.node-hidden" {
        return None;
    }
    let node = facts.view.node_at(facts.target()?.ip())?;
    Some(
        Diagnosis::new("node-hidden", msg!("net.cause.node-hidden", node = node.name))
            .see(
                ObjectRef::node(&node.name),
                FieldPath::of("status.addresses"),
                msg!("net.evidence.node-address", ip = facts.target()?.ip()),
            )
            .fix(
                msg!("net.fix.ask-from-node", node = node.name),
                Action::From(Client::Node(node.name.clone()), target_url(facts)),
            )
            .fix(msg!("net.fix.port-forward"), Action::Advice),
    )
}

pub(super) fn no_balancer(facts: &Facts<'_>) -> Option<Diagnosis> {
    let why = facts.last_reason();
    let cause = match why {
        "net.balancer.none" => msg!("net.cause.no-balancer", ip = facts.target()?.ip()),
        "net.balancer.no-nodes" => msg!("net.cause.balancer-no-nodes"),
        "net.balancer.no-node-port" => msg!("net.cause.balancer-no-node-port"),
        _ => return None,
    };
    let diagnosis = Diagnosis::new("no-balancer", cause);
    Some(match &facts.service {
        Some(service) => diagnosis.see(
            of_service(service),
            FieldPath::of("status.loadBalancer.ingress"),
            msg!("net.evidence.ingress"),
        ),
        None => diagnosis,
    })
}

pub(super) fn pod_gone(facts: &Facts<'_>) -> Option<Diagnosis> {
    if facts.last_reason() != "net.transit.no-pod-why" {
        return None;
    }
    let ip = facts.last_target()?.ip();
    let diagnosis = Diagnosis::new("pod-gone", msg!("net.cause.pod-gone", ip = ip));
    Some(match facts.service.as_ref().and_then(|service| facts.view.slices_of(&service.key).next()) {
        Some(slice) => diagnosis.see(
            ObjectRef::new("EndpointSlice", &slice.key),
            FieldPath::of("endpoints"),
            msg!("net.evidence.lists", ip = ip),
        ),
        None => diagnosis.fix(msg!("net.fix.list-pods"), Action::Command("kubectl get pods -A -o wide".to_owned())),
    })
}

pub(super) fn answer_astray(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = facts.service.as_ref().filter(|_| facts.last_reason() == "net.back.astray")?;
    Some(Diagnosis::new("answer-astray", msg!("net.cause.answer-astray", svc = service.key.name)).see(
        of_service(service),
        FieldPath::of("spec.externalTrafficPolicy"),
        msg!("net.evidence.policy-local"),
    ))
}

pub(super) fn unused_cluster_ip(facts: &Facts<'_>) -> Option<Diagnosis> {
    let ip = facts.target()?.ip();
    let applies = facts.did_not_connect() && facts.service.is_none() && facts.view.config.is_service_ip(ip);
    applies.then(|| {
        Diagnosis::new("unused-cluster-ip", msg!("net.cause.unused-cluster-ip", ip = ip))
            .fix(msg!("net.fix.list-services"), Action::Command("kubectl get services -A".to_owned()))
    })
}

pub(super) fn nobody_there(facts: &Facts<'_>) -> Option<Diagnosis> {
    let to = facts.target().filter(|_| facts.did_not_connect())?;
    Some(Diagnosis::new("nobody-there", msg!("net.cause.nobody-there", ip = to.ip(), port = to.port())))
}
