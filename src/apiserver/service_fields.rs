//! Fields of a Service that the server fills in from the stored object, drops when the type changes, or keeps in step.
//!
//! Models `pkg/registry/core/service/storage/storage.go` (`patchAllocatedValues`, `normalizeClusterIPs`) and
//! `pkg/registry/core/service/strategy.go` (`dropTypeDependentFields`).

use super::status::Cause;
use crate::base::path::FieldPath;
use crate::base::{Fields, Value};
use std::collections::BTreeSet;

/// A text field, or the empty text.
pub fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number field, or 0.
pub fn number(fields: &Fields, name: &str) -> i32 {
    fields.get(name).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok()).unwrap_or(0)
}

/// `spec.ports`.
pub fn ports(spec: &Fields) -> &[Value] {
    spec.get("ports").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A port by its index; an empty one if there is none.
pub fn port(spec: &Fields, index: usize) -> Fields {
    ports(spec).get(index).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Sets a field of a port.
pub fn set_port(spec: &mut Fields, index: usize, name: &str, number: i32) {
    let port = spec.get_mut("ports").and_then(|ports| ports.get_mut(index)).and_then(Value::as_object_mut);
    if let Some(port) = port {
        port.insert(name.to_owned(), number.into());
    }
}

fn is_type(spec: &Fields, types: &[&str]) -> bool {
    types.contains(&text(spec, "type"))
}

/// Whether the type has a cluster IP (or is headless).
pub fn needs_cluster_ip(spec: &Fields) -> bool {
    is_type(spec, &["ClusterIP", "NodePort", "LoadBalancer"])
}

/// Whether the type has node ports.
pub fn needs_node_ports(spec: &Fields) -> bool {
    let wanted = spec.get("allocateLoadBalancerNodePorts").and_then(Value::as_bool) != Some(false);
    is_type(spec, &["NodePort"]) || (is_type(spec, &["LoadBalancer"]) && wanted)
}

/// Whether node ports may stand in the object, be they allocated or asked for.
fn may_have_node_ports(spec: &Fields) -> bool {
    is_type(spec, &["NodePort", "LoadBalancer"])
}

/// Whether nodes tell the load balancer about their endpoints.
pub fn needs_health_check_port(spec: &Fields) -> bool {
    is_type(spec, &["LoadBalancer"]) && text(spec, "externalTrafficPolicy") == "Local"
}

fn needs_external_policy(spec: &Fields) -> bool {
    let external_ips = spec.get("externalIPs").and_then(Value::as_array).is_some_and(|ips| !ips.is_empty());
    may_have_node_ports(spec) || (is_type(spec, &["ClusterIP"]) && external_ips)
}

/// All node ports of a spec.
pub fn node_ports(spec: &Fields) -> BTreeSet<i32> {
    ports(spec)
        .iter()
        .filter_map(|port| port.get("nodePort").and_then(Value::as_i64))
        .filter_map(|port| i32::try_from(port).ok())
        .chain(std::iter::once(number(spec, "healthCheckNodePort")))
        .filter(|port| *port != 0)
        .collect()
}

/// Fills in what a client leaves out although it was allocated before.
pub fn patch_allocated(spec: &mut Fields, before: &Fields) {
    if needs_cluster_ip(spec) && needs_cluster_ip(before) {
        if text(spec, "clusterIP").is_empty() {
            copy(spec, before, "clusterIP");
        }
        if spec.get("clusterIPs").is_none() && text(spec, "clusterIP") == text(before, "clusterIP") {
            copy(spec, before, "clusterIPs");
        }
    }
    if may_have_node_ports(spec) && may_have_node_ports(before) {
        let used: BTreeSet<i32> = node_ports(spec).intersection(&node_ports(before)).copied().collect();
        for index in 0..ports(spec).len() {
            let port = port(spec, index);
            let same_name = |old: &&Fields| text(old, "name") == text(&port, "name");
            let earlier = ports(before).iter().filter_map(Value::as_object).rfind(same_name);
            let earlier = earlier.map_or(0, |old| number(old, "nodePort"));
            if number(&port, "nodePort") == 0 && earlier != 0 && !used.contains(&earlier) {
                set_port(spec, index, "nodePort", earlier);
            }
        }
    }
    if needs_health_check_port(spec) && needs_health_check_port(before) && number(spec, "healthCheckNodePort") == 0 {
        copy(spec, before, "healthCheckNodePort");
    }
}

/// Drops what the new type does not use, if the client has not changed it.
pub fn drop_unused(spec: &mut Fields, before: &Fields) {
    let drop = |spec: &mut Fields, names: &[&str]| {
        for name in names {
            if spec.get(*name) == before.get(*name) {
                spec.remove(*name);
            }
        }
    };
    if needs_cluster_ip(before) && !needs_cluster_ip(spec) {
        drop(spec, &["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]);
        if spec.get("internalTrafficPolicy") == before.get("internalTrafficPolicy") {
            spec.remove("internalTrafficPolicy");
        }
    }
    if may_have_node_ports(before) && !may_have_node_ports(spec) {
        let earlier = node_ports(before);
        let unchanged = ports(spec)
            .iter()
            .filter_map(Value::as_object)
            .all(|port| number(port, "nodePort") == 0 || earlier.contains(&number(port, "nodePort")));
        if unchanged {
            let ports = spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten();
            for port in ports.filter_map(Value::as_object_mut) {
                port.remove("nodePort");
            }
        }
    }
    if needs_health_check_port(before) && !needs_health_check_port(spec) {
        drop(spec, &["healthCheckNodePort"]);
    }
    if is_type(before, &["LoadBalancer"]) && !is_type(spec, &["LoadBalancer"]) {
        drop(spec, &["allocateLoadBalancerNodePorts", "loadBalancerClass"]);
    }
    if needs_external_policy(before) && !needs_external_policy(spec) {
        drop(spec, &["externalTrafficPolicy"]);
    }
}

/// Keeps `clusterIP` and the first of `clusterIPs` in step.
pub fn normalize_cluster_ips(spec: &mut Fields, before: Option<&Fields>) {
    let ip = text(spec, "clusterIP").to_owned();
    let has_list = spec.get("clusterIPs").and_then(Value::as_array).is_some_and(|ips| !ips.is_empty());
    let Some(before) = before else {
        if !ip.is_empty() && !has_list {
            spec.insert("clusterIPs".into(), serde_json::json!([ip]));
        }
        return;
    };
    let same_list = spec.get("clusterIPs") == before.get("clusterIPs");
    if ip != text(before, "clusterIP") {
        if ip.is_empty() {
            if same_list {
                spec.remove("clusterIPs");
            }
        } else if same_list || !has_list {
            spec.insert("clusterIPs".into(), serde_json::json!([ip]));
        }
    } else if !same_list && !has_list {
        spec.remove("clusterIP");
    }
}

/// A Service that goes back to one family loses the second address, if the client has not changed the lists.
///
/// Models `trimFieldsForDualStackDowngrade`.
pub fn drop_second_family(spec: &mut Fields, before: &Fields) {
    let dual = matches!(text(before, "ipFamilyPolicy"), "PreferDualStack" | "RequireDualStack");
    if !dual || text(spec, "ipFamilyPolicy") != "SingleStack" {
        return;
    }
    for name in ["clusterIPs", "ipFamilies"] {
        if spec.get(name) == before.get(name)
            && let Some(list) = spec.get_mut(name).and_then(Value::as_array_mut)
        {
            list.truncate(1);
        }
    }
}

/// Fills in the families in a cluster with both.
fn default_both(spec: &mut Fields, mut families: Vec<String>) {
    let ips = spec.get("clusterIPs").and_then(Value::as_array).cloned().unwrap_or_default();
    if !spec.contains_key("ipFamilyPolicy") {
        let policy = if ips.len() == 2 || families.len() == 2 { "RequireDualStack" } else { "SingleStack" };
        spec.insert("ipFamilyPolicy".into(), policy.into());
    }
    for ip in ips.iter().skip(families.len()).filter_map(Value::as_str).filter(|ip| *ip != "None") {
        families.push(if ip.contains(':') { "IPv6" } else { "IPv4" }.to_owned());
    }
    if families.is_empty() {
        families.push("IPv4".to_owned());
    }
    if families.len() == 1 && text(spec, "ipFamilyPolicy") != "SingleStack" {
        let other = if families.iter().any(|family| family == "IPv4") { "IPv6" } else { "IPv4" };
        families.push(other.to_owned());
    }
    spec.insert("ipFamilies".into(), serde_json::json!(families));
}

/// Fills in the families; `dual_stack` tells whether the cluster has both.
///
/// Models `alloc.go` `initIPFamilyFields`.
///
/// # Errors
/// When the Service asks for a family, or two, that the cluster does not have.
pub fn default_families(spec: &mut Fields, dual_stack: bool) -> Result<(), Cause> {
    if !needs_cluster_ip(spec) {
        return Ok(());
    }
    let headless = text(spec, "clusterIP") == "None";
    let has_selector = spec.get("selector").and_then(Value::as_object).is_some_and(|selector| !selector.is_empty());
    let families: Vec<String> = spec
        .get("ipFamilies")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if headless && !has_selector {
        // Whoever writes the endpoints decides; so both families are allowed even here.
        if families.is_empty() {
            spec.insert("ipFamilies".into(), serde_json::json!(["IPv4", "IPv6"]));
        }
        if !spec.contains_key("ipFamilyPolicy") {
            let count = spec.get("ipFamilies").and_then(Value::as_array).map_or(0, Vec::len);
            let policy = if count == 1 { "SingleStack" } else { "RequireDualStack" };
            spec.insert("ipFamilyPolicy".into(), policy.into());
        }
        return Ok(());
    }
    if dual_stack {
        default_both(spec, families);
        return Ok(());
    }
    let ips = spec.get("clusterIPs").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(index) =
        ips.iter().position(|ip| ip.as_str().is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok()))
    {
        return Err(Cause {
            field: FieldPath::of("spec.clusterIPs").index(index),
            body: format!(
                "Invalid value: {}: IPv6 is not configured on this cluster",
                crate::base::text::go_json(&Value::Array(ips))
            ),
        });
    }
    if text(spec, "ipFamilyPolicy") == "RequireDualStack" {
        return Err(Cause {
            field: FieldPath::of("spec.ipFamilyPolicy"),
            body: "Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services".into(),
        });
    }
    if let Some(index) = families.iter().position(|family| family == "IPv6") {
        return Err(Cause {
            field: FieldPath::of("spec.ipFamilies").index(index),
            body: "Invalid value: \"IPv6\": not configured on this cluster".into(),
        });
    }
    if families.is_empty() {
        spec.insert("ipFamilies".into(), serde_json::json!(["IPv4"]));
    }
    if !spec.contains_key("ipFamilyPolicy") {
        spec.insert("ipFamilyPolicy".into(), "SingleStack".into());
    }
    Ok(())
}

fn copy(spec: &mut Fields, before: &Fields, name: &str) {
    if let Some(value) = before.get(name) {
        spec.insert(name.to_owned(), value.clone());
    }
}
