//! Namespaces, Nodes, ConfigMaps and Secrets.

use super::{Text, text_of};
use crate::api::kinds::Kind;
use crate::api::objects::{Namespace, Node, Object, Pod};
use crate::base::Value;
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::tables::since;

/// Models `describeNamespace`.
pub(super) fn namespace(namespace: &Namespace, client: &mut Client<'_>, mut text: Text) -> String {
    text.field("Name", &namespace.meta.name);
    text.labels("Labels", &namespace.meta.labels);
    text.annotations("Annotations", &namespace.meta.annotations);
    text.field("Status", &namespace.status.phase);
    super::limits::of_namespace(&namespace.meta.name, client, &mut text);
    text.laid_out()
}

/// Models `describeNode`, without the sums of what pods ask for.
pub(super) fn node(node: &Node, client: &mut Client<'_>, text: &mut Text) {
    text.field("Name", &node.meta.name);
    let mut roles: Vec<&str> =
        node.meta.labels.iter().filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/")).collect();
    roles.sort_unstable();
    text.field("Roles", super::or_none(&roles.join(",")));
    text.labels("Labels", &node.meta.labels);
    text.annotations("Annotations", &node.meta.annotations);
    text.field("CreationTimestamp", node.meta.creation_timestamp.unwrap_or_default().rfc1123z());
    let mut taints: Vec<(String, String)> = node
        .spec
        .taints
        .iter()
        .map(|taint| {
            let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
            (format!("{},{}", taint.effect, taint.key), format!("{}{value}:{}", taint.key, taint.effect))
        })
        .collect();
    taints.sort();
    text.list("Taints", &taints.into_iter().map(|(_, shown)| shown).collect::<Vec<_>>());
    text.field("Unschedulable", node.spec.unschedulable);
    if !node.status.conditions.is_empty() {
        text.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
        text.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        for condition in &node.status.conditions {
            text.line(
                1,
                format_args!(
                    "{} \t{} \t{} \t{} \t{} \t{} ",
                    condition.kind,
                    condition.status,
                    condition.last_heartbeat_time.unwrap_or_default().rfc1123z(),
                    condition.last_transition_time.unwrap_or_default().rfc1123z(),
                    condition.reason,
                    condition.message
                ),
            );
        }
    }
    text.line(0, "Addresses:");
    for address in &node.status.addresses {
        text.line(1, format_args!("{}:\t{}", address.kind, address.address));
    }
    for (title, amounts) in [("Capacity", &node.status.capacity), ("Allocatable", &node.status.allocatable)] {
        text.line(0, format_args!("{title}:"));
        for (name, amount) in amounts {
            text.line(1, format_args!("{name}:\t{amount}"));
        }
    }
    text.line(0, "System Info:");
    for (field, title) in [
        ("machineID", "Machine ID"),
        ("systemUUID", "System UUID"),
        ("bootID", "Boot ID"),
        ("kernelVersion", "Kernel Version"),
        ("osImage", "OS Image"),
        ("operatingSystem", "Operating System"),
        ("architecture", "Architecture"),
        ("containerRuntimeVersion", "Container Runtime Version"),
        ("kubeletVersion", "Kubelet Version"),
    ] {
        text.line(1, format_args!("{title}:\t{}", node.status.node_info.get(field).map_or("", |text| text)));
    }
    if !node.spec.pod_cidr.is_empty() {
        text.field("PodCIDR", &node.spec.pod_cidr);
        text.field("PodCIDRs", super::join(&node.spec.pod_cidrs));
    }
    pods_on(node, client, text);
}

fn pods_on(node: &Node, client: &mut Client<'_>, text: &mut Text) {
    let fields = format!("spec.nodeName={}", node.meta.name);
    let listed = client.list(Kind::POD, "", Filter { labels: "", fields: &fields }).unwrap_or_default();
    let pods: Vec<&Pod> = listed.iter().filter_map(|object| Pod::of(object)).filter(|pod| !pod.is_terminal()).collect();
    text.line(0, format_args!("Non-terminated Pods:\t({} in total)", pods.len()));
    text.line(1, "Namespace\tName\t\tAge");
    text.line(1, "---------\t----\t\t---");
    let now = client.now();
    for pod in pods {
        let age = since(pod.meta.creation_timestamp, now);
        text.line(1, format_args!("{}\t{}\t\t{age}", pod.meta.namespace, pod.meta.name));
    }
}

/// Models `ConfigMapDescriber`.
pub(super) fn config_map(object: &Object, text: &mut Text) {
    let value = object.to_value();
    head(object, text);
    text.line(0, "\nData\n====");
    for (key, data) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
        text.line(0, format_args!("{key}:\n----\n{}\n", data.as_str().unwrap_or_default()));
    }
    text.line(0, "\nBinaryData\n====");
    for (key, data) in value.get("binaryData").and_then(Value::as_object).into_iter().flatten() {
        text.line(0, format_args!("{key}: {} bytes", decoded_length(data.as_str().unwrap_or_default())));
    }
    text.line(0, "");
}

/// Models `describeSecret`.
pub(super) fn secret(object: &Object, mut text: Text) -> String {
    let value = object.to_value();
    head(object, &mut text);
    text.line(0, format_args!("\nType:\t{}", text_of(&value, "type")));
    text.line(0, "\nData\n====");
    for (key, data) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
        text.line(0, format_args!("{key}:\t{} bytes", decoded_length(data.as_str().unwrap_or_default())));
    }
    text.laid_out()
}

fn head(object: &Object, text: &mut Text) {
    let meta = object.meta();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
}

/// How many bytes a base64 text stands for.
fn decoded_length(text: &str) -> usize {
    let letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').count();
    letters * 3 / 4
}
