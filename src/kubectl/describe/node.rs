//! Nodes: what they are, and what the pods on them ask for.

use super::{Text, join, or_none};
use crate::api::kinds::Kind;
use crate::api::objects::{Node, Object, Pod};
use crate::api::quantity::Quantity;
use crate::api::resources::{Amounts, add, of_pod};
use crate::base::Order;
use crate::base::Value;
use crate::base::time::Timestamp;
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::tables::since;

/// How often a kubelet renews its Lease, in seconds.
const RENEWAL: i64 = 10;

/// How long the node controller waits before it takes a node for lost, in seconds.
const GRACE: i64 = 50;

/// Models `describeNode`.
pub(super) fn node(node: &Node, client: &mut Client<'_>, text: &mut Text) {
    text.field("Name", &node.meta.name);
    let mut roles: Vec<&str> =
        node.meta.labels.iter().filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/")).collect();
    roles.order();
    text.field("Roles", or_none(&roles.join(",")));
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
    taints.order();
    text.list("Taints", &taints.into_iter().map(|(_, shown)| shown).collect::<Vec<_>>());
    text.field("Unschedulable", node.spec.unschedulable);
    lease(node, client, text);
    if !node.status.conditions.is_empty() {
        text.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
        text.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        for condition in &node.status.conditions {
            text.line(
                1,
                format_args!(
                    "{} \t{} \t{} \t{} \t{} \t{}",
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
        if !amounts.is_empty() {
            text.line(0, format_args!("{title}:"));
        }
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
        text.field("PodCIDRs", join(&node.spec.pod_cidrs));
    }
    resources(node, client, text);
}

/// The node's Lease. It is not stored: that a healthy kubelet renews it every ten seconds is known without a write.
///
/// Models `describeNodeLease`.
fn lease(node: &Node, client: &mut Client<'_>, text: &mut Text) {
    let created = node.meta.creation_timestamp.unwrap_or_default();
    let ready = node.status.conditions.iter().find(|condition| &*condition.kind == "Ready");
    let seen =
        match ready.filter(|ready| ready.status.as_str() == "Unknown").and_then(|ready| ready.last_transition_time) {
            Some(lost) => lost.0 - GRACE,
            None => client.now().0,
        };
    let renewed = Timestamp(created.0 + (seen - created.0).max(0) / RENEWAL * RENEWAL);
    text.line(0, "Lease:");
    text.line(1, format_args!("HolderIdentity:\t{}", node.meta.name));
    text.line(1, "AcquireTime:\t<unset>");
    text.line(1, format_args!("RenewTime:\t{}", renewed.rfc1123z()));
}

/// Models `describeNodeResource`.
fn resources(node: &Node, client: &mut Client<'_>, text: &mut Text) {
    let fields = format!("spec.nodeName={}", node.meta.name);
    let listed = client.list(Kind::POD, "", Filter { labels: "", fields: &fields }).unwrap_or_default();
    let pods: Vec<&Pod> = listed.iter().filter_map(|object| Pod::of(object)).filter(|pod| !pod.is_terminal()).collect();
    text.line(0, format_args!("Non-terminated Pods:\t({} in total)", pods.len()));
    text.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    text.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let nothing = Value::Null;
    let status = Object::Node(node.clone()).to_value();
    let list = |name: &str| status.pointer(&format!("/status/{name}")).filter(|list| list.is_object());
    let room = crate::api::resources::amounts(Some(list("allocatable").or(list("capacity")).unwrap_or(&nothing)));
    let (mut all_requests, mut all_limits) = (Amounts::new(), Amounts::new());
    let now = client.now();
    for pod in pods {
        let value = Object::Pod(pod.clone()).to_value();
        let (requests, limits) = (of_pod(&value, "requests"), of_pod(&value, "limits"));
        let share = |amounts: &Amounts, name: &str| share(amounts, &room, name);
        text.line(
            1,
            format_args!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                pod.meta.namespace,
                pod.meta.name,
                share(&requests, "cpu"),
                share(&limits, "cpu"),
                share(&requests, "memory"),
                share(&limits, "memory"),
                since(pod.meta.creation_timestamp, now)
            ),
        );
        add(&mut all_requests, &requests);
        add(&mut all_limits, &limits);
    }
    text.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    text.line(1, "Resource\tRequests\tLimits");
    text.line(1, "--------\t--------\t------");
    const SUMMED: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
    let huge = room.keys().map(String::as_str).filter(|name| name.starts_with("hugepages-"));
    for name in SUMMED.into_iter().chain(huge) {
        let shares = (share(&all_requests, &room, name), share(&all_limits, &room, name));
        text.line(1, format_args!("{name}\t{}\t{}", shares.0, shares.1));
    }
    let known = |name: &str| SUMMED.contains(&name) || name == "pods" || name.starts_with("hugepages-");
    for name in room.keys().filter(|name| !known(name)) {
        let of = |amounts: &Amounts| amounts.get(name).map_or("0".to_owned(), Quantity::to_string);
        text.line(1, format_args!("{name}\t{}\t{}", of(&all_requests), of(&all_limits)));
    }
}

/// `100m (2%)`: an amount, and how much of the node's that is.
fn share(amounts: &Amounts, room: &Amounts, name: &str) -> String {
    let Some(amount) = amounts.get(name) else { return "0 (0%)".to_owned() };
    let measure = |amount: &Quantity| if name == "cpu" { amount.milli_value() } else { amount.value() };
    let whole = room.get(name).map_or(0, measure);
    let percent = if whole == 0 { 0 } else { i128::from(measure(amount)) * 100 / i128::from(whole) };
    format!("{amount} ({percent}%)")
}
