//! Pods.

use super::template::{containers, resources, selectors_and_tolerations, spread};
use super::volumes::volumes;
use super::{Text, list_of, text_of};
use crate::api::json::Json;
use crate::api::objects::pod::{ContainerStatus, PodPhase};
use crate::api::objects::{Object, Pod};
use crate::base::Value;
use crate::kubectl::client::Client;
use crate::kubectl::tables::since;

/// Models `describePod`.
pub(super) fn pod(pod: &Pod, client: &mut Client<'_>, text: &mut Text) {
    let value = Object::Pod(pod.clone()).to_value();
    let nothing = Value::Null;
    let spec = value.get("spec").unwrap_or(&nothing);
    let (meta, status) = (&pod.meta, &pod.status);
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    if let Some(priority) = spec.get("priority") {
        text.field("Priority", priority);
    }
    for (field, title) in [
        ("priorityClassName", "Priority Class Name"),
        ("runtimeClassName", "Runtime Class Name"),
        ("serviceAccountName", "Service Account"),
    ] {
        if !text_of(spec, field).is_empty() {
            text.field(title, text_of(spec, field));
        }
    }
    match &*pod.node_name {
        "" => text.field("Node", "<none>"),
        node => text.field("Node", format_args!("{node}/{}", status.host_ip)),
    }
    if let Some(start) = status.start_time {
        text.field("Start Time", start.rfc1123z());
    }
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    if meta.is_terminating() && !matches!(status.phase, PodPhase::Failed | PodPhase::Succeeded) {
        text.field("Status", format_args!("Terminating (lasts {})", since(meta.deletion_timestamp, client.now())));
        let grace = meta.deletion_grace_period_seconds.unwrap_or(0);
        text.field("Termination Grace Period", format_args!("{grace}s"));
    } else {
        text.field("Status", status.phase);
    }
    for (title, value) in [("Reason", &status.reason), ("Message", &status.message)] {
        if !value.is_empty() {
            text.field(title, value);
        }
    }
    if let Some(profile) = spec.pointer("/securityContext/seccompProfile") {
        text.field("SeccompProfile", text_of(profile, "type"));
        if text_of(profile, "type") == "Localhost" {
            text.field("LocalhostProfile", text_of(profile, "localhostProfile"));
        }
    }
    text.field("IP", &status.pod_ip);
    if status.pod_ips.is_empty() {
        text.field("IPs", "<none>");
    } else {
        text.line(0, "IPs:");
        for ip in &status.pod_ips {
            text.line(1, format_args!("IP:\t{}", ip.ip));
        }
    }
    text.controller(meta);
    let nominated = value.pointer("/status/nominatedNodeName").and_then(Value::as_str).unwrap_or_default();
    if !nominated.is_empty() {
        text.field("NominatedNodeName", nominated);
    }
    if spec.get("resources").is_some() {
        text.line(0, "Resources:");
        resources(spec, 1, text);
    }
    let field_of = |path: &str| field_of(pod, path);
    let init = list_of(spec, "initContainers");
    if !init.is_empty() {
        containers("Init Containers", init, Some(&status.init_container_statuses), Some(&field_of), "", text);
    }
    let main = list_of(spec, "containers");
    containers("Containers", main, Some(&status.container_statuses), Some(&field_of), "", text);
    let ephemeral = list_of(spec, "ephemeralContainers");
    if !ephemeral.is_empty() {
        let statuses = value.pointer("/status/ephemeralContainerStatuses").cloned();
        let statuses: Vec<ContainerStatus> = statuses.and_then(Json::from_json).unwrap_or_default();
        containers("Ephemeral Containers", ephemeral, Some(&statuses), Some(&field_of), "", text);
    }
    if !pod.spec.readiness_gates.is_empty() {
        text.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in &pod.spec.readiness_gates {
            let status = pod.condition(&gate.condition_type).map_or("<none>", |condition| condition.status.as_str());
            text.line(1, format_args!("{} \t{status} ", gate.condition_type));
        }
    }
    if !status.conditions.is_empty() {
        text.line(0, "Conditions:\n  Type\tStatus");
        for condition in &status.conditions {
            text.line(1, format_args!("{} \t{} ", condition.kind, condition.status));
        }
    }
    volumes(list_of(spec, "volumes"), "", text);
    text.field("QoS Class", &status.qos_class);
    selectors_and_tolerations(spec, "", text);
    spread(spec, "", text);
}

/// The value of a field that an environment variable refers to. Of a pod's fields only those of its metadata are known here.
///
/// Models `ExtractFieldPathAsString` in `kubectl/pkg/util/fieldpath/fieldpath.go`.
fn field_of(pod: &Pod, path: &str) -> String {
    if path.starts_with("metadata.") { crate::kubelet::env::field(pod, path) } else { String::new() }
}
