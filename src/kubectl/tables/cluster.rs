//! Nodes, Namespaces and Events.

use super::{Column, Row, age, col, name, or_none, since, wide};
use crate::api::objects::pod::ConditionStatus;
use crate::api::objects::{Event, Namespace, Node};
use crate::base::Order;

pub(super) const NODE: &[Column] = &[
    col("Name", name),
    col("Status", |row| node(row, status)),
    col("Roles", |row| node(row, roles)),
    col("Age", age),
    col("Version", |row| node(row, |node| info(node, "kubeletVersion"))),
    wide("Internal-IP", |row| node(row, |node| address(node, "InternalIP"))),
    wide("External-IP", |row| node(row, |node| address(node, "ExternalIP"))),
    wide("OS-Image", |row| node(row, |node| or_unknown(info(node, "osImage")))),
    wide("Kernel-Version", |row| {
        node(row, |node| match info(node, "architecture").as_str() {
            "" => or_unknown(info(node, "kernelVersion")),
            architecture => format!("{} ({architecture})", or_unknown(info(node, "kernelVersion"))),
        })
    }),
    wide("Container-Runtime", |row| node(row, |node| or_unknown(info(node, "containerRuntimeVersion")))),
];

pub(super) const NAMESPACE: &[Column] = &[
    col("Name", name),
    col("Status", |row| Namespace::of(row.object).map_or_else(String::new, |n| n.status.phase.to_string())),
    col("Age", age),
];

pub(super) const EVENT: &[Column] = &[
    col("Last Seen", |row| event(row, |e| last_seen(e, row))),
    col("Type", |row| event(row, |e| e.kind.to_string())),
    col("Reason", |row| event(row, |e| e.reason.to_string())),
    col("Object", |row| {
        event(row, |e| format!("{}/{}", e.involved_object.kind.to_lowercase(), e.involved_object.name))
    }),
    wide("Subobject", |row| event(row, |e| e.involved_object.field_path.to_string())),
    wide("Source", |row| event(row, source)),
    col("Message", |row| event(row, |e| e.message.trim().to_owned())),
    wide("First Seen", |row| event(row, |e| since(e.first_timestamp.or(e.event_time), row.now))),
    wide("Count", |row| event(row, |e| e.count.max(1).to_string())),
    wide("Name", name),
];

fn node(row: &Row<'_>, cell: impl Fn(&Node) -> String) -> String {
    Node::of(row.object).map_or_else(String::new, cell)
}

fn event(row: &Row<'_>, cell: impl Fn(&Event) -> String) -> String {
    Event::of(row.object).map_or_else(String::new, cell)
}

fn status(node: &Node) -> String {
    let ready = node.status.conditions.iter().find(|condition| &*condition.kind == "Ready");
    let mut status = match ready.map(|condition| condition.status) {
        Some(ConditionStatus::True) => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node.spec.unschedulable {
        status.push_str(",SchedulingDisabled");
    }
    status
}

/// Models `findNodeRoles`.
fn roles(node: &Node) -> String {
    let mut roles: Vec<&str> = node
        .meta
        .labels
        .iter()
        .filter_map(|(key, value)| match (key.strip_prefix("node-role.kubernetes.io/"), &**key) {
            (Some(role), _) if !role.is_empty() => Some(role),
            (None, "kubernetes.io/role") if !value.is_empty() => Some(&**value),
            _ => None,
        })
        .collect();
    roles.order();
    or_none(roles.join(","))
}

fn info(node: &Node, field: &str) -> String {
    node.status.node_info.get(field).map_or(String::new(), |text| text.to_string())
}

fn or_unknown(text: String) -> String {
    if text.is_empty() { "<unknown>".to_owned() } else { text }
}

fn address(node: &Node, kind: &str) -> String {
    let found = node.status.addresses.iter().find(|address| &*address.kind == kind);
    or_none(found.map_or("", |address| &*address.address))
}

fn last_seen(event: &Event, row: &Row<'_>) -> String {
    since(event.last_timestamp.or(event.event_time).or(event.first_timestamp), row.now)
}

fn source(event: &Event) -> String {
    let (component, host) = match &*event.source.component {
        "" => (&*event.reporting_component, &*event.reporting_instance),
        component => (component, &*event.source.host),
    };
    if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") }
}
