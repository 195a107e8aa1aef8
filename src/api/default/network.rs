//! Services, endpoints and what stands around them.
//!
//! Models their parts of `pkg/apis/{core,discovery,networking}/v1/defaults.go`.

use super::edit::{child, default, default_text, ensure, has, is_empty, items, text};
use crate::base::{Fields, Value};

pub fn service(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default_text(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => {
            spec.remove("sessionAffinityConfig");
        }
        "ClientIP" => {
            let client = ensure(ensure(spec, "sessionAffinityConfig"), "clientIP");
            default(client, "timeoutSeconds", 10800);
        }
        _ => {}
    }
    default_text(spec, "type", "ClusterIP");
    for port in items(spec, "ports") {
        default_text(port, "protocol", "TCP");
        let unset = match port.get("targetPort") {
            None | Some(Value::Null) => true,
            Some(Value::String(name)) => name.is_empty(),
            Some(number) => number.as_i64() == Some(0),
        };
        if unset {
            let number = port.get("port").cloned().unwrap_or_else(|| 0.into());
            port.insert("targetPort".to_owned(), number);
        }
    }
    let kind = text(spec, "type").to_owned();
    let external =
        matches!(kind.as_str(), "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && !is_empty(spec, "externalIPs"));
    if external {
        default_text(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
        default(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        default(spec, "allocateLoadBalancerNodePorts", true);
        if let Some(balancer) = child(object, "status").and_then(|status| child(status, "loadBalancer")) {
            for ingress in items(balancer, "ingress") {
                if !text(ingress, "ip").is_empty() {
                    default(ingress, "ipMode", "VIP");
                }
            }
        }
    }
}

pub fn endpoints(object: &mut Fields) {
    for subset in items(object, "subsets") {
        for port in items(subset, "ports") {
            default_text(port, "protocol", "TCP");
        }
    }
}

pub fn endpoint_slice(object: &mut Fields) {
    for port in items(object, "ports") {
        default(port, "name", "");
        default(port, "protocol", "TCP");
    }
    for endpoint in items(object, "endpoints") {
        ensure(endpoint, "conditions");
    }
}

pub fn ingress_class(object: &mut Fields) {
    if let Some(parameters) = child(object, "spec").and_then(|spec| child(spec, "parameters")) {
        default(parameters, "scope", "Cluster");
    }
}

pub fn network_policy(object: &mut Fields) {
    let spec = ensure(object, "spec");
    ensure(spec, "podSelector");
    for rules in ["ingress", "egress"] {
        for rule in items(spec, rules) {
            for port in items(rule, "ports") {
                default(port, "protocol", "TCP");
            }
        }
    }
    if is_empty(spec, "policyTypes") {
        let mut types = vec![Value::from("Ingress")];
        if !is_empty(spec, "egress") && has(spec, "egress") {
            types.push("Egress".into());
        }
        spec.insert("policyTypes".to_owned(), types.into());
    }
}
