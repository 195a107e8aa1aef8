//! Rows about Services that have no endpoint to send to.

use super::facts::{Facts, enumerate, of_service, port_index, port_path, selected, written_at};
use super::near::near_miss;
use super::{Action, Diagnosis, ports};
use crate::base::path::FieldPath;
use crate::msg;
use crate::network::route::{HopKind, why_not_ready};
use crate::network::view::{Key, NetView, ObjectRef, Phase, PodNet, ServiceNet, ServicePort, ServiceType, TargetPort};
use serde_json::json;
use std::rc::Rc;

/// The rows apply when kube-proxy rejected for want of endpoints.
fn rejected<'f>(facts: &'f Facts<'_>) -> Option<&'f Rc<ServiceNet>> {
    let applies = facts.failed_at(HopKind::Proxy) && facts.last_reason() == "net.proxy.no-endpoints-why";
    facts.service.as_ref().filter(|_| applies)
}

pub(super) fn selector_mismatch(facts: &Facts<'_>) -> Option<Diagnosis> {
    no_pod_matches(facts.view, rejected(facts)?)
}

pub(super) fn pods_not_ready(facts: &Facts<'_>) -> Option<Diagnosis> {
    none_ready(facts.view, rejected(facts)?)
}

pub(super) fn named_port_missing(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = rejected(facts)?;
    port_name_missing(facts.view, service, facts.port.as_ref()?)
}

/// The selector matches no pod; the nearest label tells what was meant.
pub(super) fn no_pod_matches(view: &NetView, service: &ServiceNet) -> Option<Diagnosis> {
    const ROW: &str = "selector-mismatch";
    let selector = service.selector.as_ref()?;
    if !selected(view, service).is_empty() {
        return None;
    }
    let of = view.pods_in(&service.key.namespace).count();
    let written = enumerate(selector.iter().map(|(key, value)| format!("{key}={value}")));
    let svc = &service.key.name;
    let object = of_service(service);
    let Some(near) = near_miss(view, service) else {
        let elsewhere = view.pods().find(|pod| {
            pod.key.namespace != service.key.namespace
                && selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
        });
        let found = Diagnosis::new(ROW, msg!("net.cause.no-pod-matches", svc = svc, selector = written, of = of)).see(
            object,
            FieldPath::of("spec.selector"),
            msg!("net.evidence.selector", selector = written),
        );
        return Some(match elsewhere {
            Some(pod) => found.see(
                ObjectRef::new("Pod", &pod.key),
                FieldPath::of("metadata.namespace"),
                msg!("net.evidence.pod-elsewhere", pod = pod.key.name, namespace = pod.key.namespace),
            ),
            None => found.fix(msg!("net.fix.make-pods", selector = written), Action::Advice),
        });
    };
    let (key, value) = (&near.wanted.0, &near.wanted.1);
    let path = FieldPath::of("spec.selector").key(key);
    let shown = near.found.as_ref().map_or_else(String::new, |(key, value)| format!("{key}={value}"));
    let wanted = format!("{key}={value}");
    let cause = match &near.found {
        Some(_) => {
            msg!("net.cause.selector-near", svc = svc, of = of, count = near.pods, wanted = wanted, found = shown)
        }
        None => msg!("net.cause.selector-extra", svc = svc, of = of, count = near.pods, wanted = wanted),
    };
    let mut diagnosis = Diagnosis::new(ROW, cause).see(
        object.clone(),
        path,
        msg!("net.evidence.selector-line", wanted = format!("{key}={value}")),
    );
    if let (Some(pod), Some((label, _))) = (view.pod(&near.pod), &near.found) {
        let (object, path) = written_at(pod, "metadata.labels", "spec.template.metadata.labels");
        diagnosis =
            diagnosis.see(object, path.key(label), msg!("net.evidence.label", pod = pod.key.name, label = shown));
    }
    let patch = match &near.found {
        Some((label, _)) if **label != **key => {
            json!({"spec": {"selector": {&**key: null, &**label: near.found.as_ref().map(|(_, value)| &**value)}}})
        }
        Some((label, value)) => json!({"spec": {"selector": {&**label: &**value}}}),
        None => json!({"spec": {"selector": {&**key: null}}}),
    };
    let says = match &near.found {
        Some(_) => msg!("net.fix.selector", label = shown),
        None => msg!("net.fix.drop-selector-line", wanted = format!("{key}={value}")),
    };
    Some(diagnosis.fix(says, Action::MergePatch(object, patch)))
}

/// Pods match, but none of them takes traffic.
pub(super) fn none_ready(view: &NetView, service: &ServiceNet) -> Option<Diagnosis> {
    let pods = selected(view, service);
    if pods.is_empty() || service.publish_not_ready || pods.iter().any(|pod| pod.ready && !pod.terminating) {
        return None;
    }
    let svc = &service.key.name;
    let mut diagnosis =
        Diagnosis::new("pods-not-ready", msg!("net.cause.pods-not-ready", svc = svc, count = pods.len()));
    for pod in pods.iter().take(5) {
        let path = if pod.terminating { "metadata.deletionTimestamp" } else { "status.conditions" };
        diagnosis = diagnosis.see(ObjectRef::new("Pod", &pod.key), FieldPath::of(path), why_not_ready(view, pod));
    }
    let example = pods.first()?;
    let namespace = &example.key.namespace;
    let command = match example.containers.iter().any(|container| container.waiting.is_some()) {
        true => format!("kubectl logs {} -n {namespace} --previous", example.key.name),
        false => format!("kubectl describe pod {} -n {namespace}", example.key.name),
    };
    Some(diagnosis.fix(msg!("net.fix.look-at-pod", pod = example.key.name), Action::Command(command)))
}

/// `targetPort` is a name that no selected pod has.
pub(super) fn port_name_missing(view: &NetView, service: &ServiceNet, port: &ServicePort) -> Option<Diagnosis> {
    let TargetPort::Name(name) = &port.target else { return None };
    let pods = selected(view, service);
    let example = pods.first()?;
    if pods.iter().any(|pod| declares(pod, name, port)) {
        return None;
    }
    let declared: Vec<_> = example.containers.iter().flat_map(|container| &container.ports).collect();
    let names = enumerate(declared.iter().map(|port| match &*port.name {
        "" => port.port.to_string(),
        name => format!("{name} ({})", port.port),
    }));
    let cause = if names.is_empty() {
        msg!("net.cause.port-name-none", svc = service.key.name, name = name)
    } else {
        msg!("net.cause.port-name-missing", svc = service.key.name, name = name, names = names)
    };
    let (object, path) = written_at(example, "spec.containers[0].ports", "spec.template.spec.containers[0].ports");
    let mut diagnosis = Diagnosis::new("named-port-missing", cause)
        .see(of_service(service), port_path(service, port, "targetPort"), msg!("net.evidence.target-port", port = name))
        .see(object, path, msg!("net.evidence.container-ports", pod = example.key.name, names = names));
    let likely = declared
        .iter()
        .filter(|one| one.protocol == port.protocol)
        .min_by_key(|one| crate::base::text::edit_distance(&one.name, name));
    let listening = example.listeners().find(|(_, listener)| listener.protocol == port.protocol);
    let value = match (likely, listening) {
        (Some(one), _) if !one.name.is_empty() => Some(json!(&*one.name)),
        (Some(one), _) => Some(json!(one.port)),
        (None, Some((_, listener))) => Some(json!(listener.port)),
        (None, None) => None,
    };
    if let Some(value) = value {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        diagnosis = diagnosis.fix(msg!("net.fix.target-port", port = shown), set_target_port(service, port, value));
    }
    Some(diagnosis)
}

fn declares(pod: &PodNet, name: &str, port: &ServicePort) -> bool {
    let mut declared = pod.containers.iter().flat_map(|container| &container.ports);
    declared.any(|one| *one.name == *name && one.protocol == port.protocol)
}

/// The patch that changes `targetPort`.
pub(super) fn set_target_port(service: &ServiceNet, port: &ServicePort, value: serde_json::Value) -> Action {
    let path = format!("/spec/ports/{}/targetPort", port_index(service, port));
    Action::JsonPatch(of_service(service), json!([{"op": "add", "path": path, "value": value}]))
}

/// Without a selector the endpoints are the user's to write.
pub(super) fn no_selector(facts: &Facts<'_>) -> Option<Diagnosis> {
    let service = rejected(facts)?;
    if service.selector.is_some() {
        return None;
    }
    let svc = &service.key.name;
    let row = |cause| Diagnosis::new("no-selector", cause);
    let slices: Vec<_> = facts.view.slices_of(&service.key).collect();
    if let (Some(slice), Some(port)) = (slices.iter().find(|slice| !slice.endpoints.is_empty()), &facts.port) {
        let names = enumerate(slice.ports.iter().map(|port| format!("{:?}", &*port.name)));
        let cause = msg!(
            "net.cause.slice-port-name",
            svc = svc,
            slice = slice.key.name,
            names = names,
            wanted = format!("{:?}", &*port.name)
        );
        let slice = ObjectRef::new("EndpointSlice", &slice.key);
        return Some(
            row(cause)
                .see(slice.clone(), FieldPath::of("ports[0].name"), msg!("net.evidence.slice-port", names = names))
                .fix(
                    msg!("net.fix.slice-port-name", name = format!("{:?}", &*port.name)),
                    Action::JsonPatch(slice, json!([{"op": "add", "path": "/ports/0/name", "value": &*port.name}])),
                ),
        );
    }
    let orphan = facts.view.slices().find(|slice| {
        slice.service.is_none() && slice.key.namespace == service.key.namespace && slice.key.name.starts_with(&**svc)
    });
    if let Some(slice) = orphan {
        let object = ObjectRef::new("EndpointSlice", &slice.key);
        let label = json!({"metadata": {"labels": {"kubernetes.io/service-name": &**svc}}});
        return Some(
            row(msg!("net.cause.slice-no-label", svc = svc, slice = slice.key.name))
                .see(object.clone(), FieldPath::of("metadata.labels"), msg!("net.evidence.no-label"))
                .fix(msg!("net.fix.slice-label", svc = svc), Action::MergePatch(object, label)),
        );
    }
    Some(
        row(msg!("net.cause.no-selector", svc = svc))
            .see(of_service(service), FieldPath::of("spec"), msg!("net.evidence.no-selector"))
            .fix(msg!("net.fix.add-selector"), Action::Advice),
    )
}

/// What is wrong with a Service, before anybody sends a request: the rows that need no trace.
pub fn check_service(view: &NetView, key: &Key) -> Vec<Diagnosis> {
    let Some(service) = view.service(key) else { return Vec::new() };
    let mut found = Vec::new();
    if service.kind == ServiceType::LoadBalancer && service.ingress.is_empty() {
        found.push(super::reach::pending(view, service));
    }
    if service.kind == ServiceType::ExternalName {
        found.extend(ports::external_name_has_ports(service));
        return found;
    }
    let empty = no_pod_matches(view, service).or_else(|| none_ready(view, service));
    if let Some(diagnosis) = empty {
        found.push(diagnosis);
        return found;
    }
    for port in &service.ports {
        found.extend(port_name_missing(view, service, port).or_else(|| nobody_listens(view, service, port)));
    }
    found
}

/// Some selected pods that run do not listen where the Service sends.
fn nobody_listens(view: &NetView, service: &ServiceNet, port: &ServicePort) -> Option<Diagnosis> {
    let pods = selected(view, service);
    let deaf = pods.iter().find(|pod| {
        let number = match &port.target {
            TargetPort::Number(number) => Some(*number),
            TargetPort::Name(name) => pod
                .containers
                .iter()
                .flat_map(|container| &container.ports)
                .find(|one| one.name == *name && one.protocol == port.protocol)
                .map(|one| one.port),
        };
        // A program that is still starting will listen in a moment, and no change of an object will say so.
        pod.ready
            && pod.phase == Phase::Running
            && !pod.containers.iter().any(|container| container.starting)
            && number.is_some_and(|number| {
                !pod.listeners().any(|(_, one)| {
                    one.port == number && one.protocol == port.protocol && one.bind == crate::network::view::Bind::Any
                })
            })
    })?;
    ports::not_listening(service, port, deaf)
}
