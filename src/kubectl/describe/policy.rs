//! NetworkPolicies.

use super::{Text, list_of, or_none, text_of};
use crate::api::json::Json;
use crate::api::objects::Object;
use crate::api::selector::LabelSelector;
use crate::base::Value;

/// Models `describeNetworkPolicy` and `describeNetworkPolicySpec`.
pub(super) fn policy(policy: &Object, text: &mut Text) {
    let value = policy.to_value();
    let nothing = Value::Null;
    let spec = value.get("spec").unwrap_or(&nothing);
    let meta = policy.meta();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    let created = meta.creation_timestamp.map(|time| time.to_string().replace('T', " ").replace('Z', " +0000 UTC"));
    text.field("Created on", created.unwrap_or_default());
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.line(0, "Spec:");
    let pods = selector(spec.get("podSelector"));
    let pods = match pods.as_str() {
        "<none>" => "<none> (Allowing the specific traffic to all pods in this namespace)",
        pods => pods,
    };
    text.line(1, format_args!("PodSelector:     {pods}"));
    let types: Vec<&str> = list_of(spec, "policyTypes").iter().filter_map(Value::as_str).collect();
    for (kind, list, peers, word) in [("Ingress", "ingress", "from", "From"), ("Egress", "egress", "to", "To")] {
        if !types.contains(&kind) {
            text.line(1, format_args!("Not affecting {list} traffic"));
            continue;
        }
        text.line(1, format_args!("Allowing {list} traffic:"));
        let rules = list_of(spec, list);
        if rules.is_empty() {
            text.line(2, format_args!("<none> (Selected pods are isolated for {list} connectivity)"));
        }
        for (number, rule) in rules.iter().enumerate() {
            ports(rule, text);
            let end = if kind == "Ingress" { "source" } else { "destination" };
            let listed = list_of(rule, peers);
            if listed.is_empty() {
                text.line(2, format_args!("{word}: <any> (traffic not restricted by {end})"));
            }
            for one in listed {
                text.line(2, format_args!("{word}:"));
                peer(one, text);
            }
            if number + 1 < rules.len() {
                text.line(2, "----------");
            }
        }
    }
    text.line(1, format_args!("Policy Types: {}", or_none(&types.join(", "))));
}

fn ports(rule: &Value, text: &mut Text) {
    let ports = list_of(rule, "ports");
    if ports.is_empty() {
        text.line(2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports {
        let protocol = Some(text_of(port, "protocol")).filter(|protocol| !protocol.is_empty()).unwrap_or("TCP");
        let number = match port.get("port") {
            Some(Value::String(name)) => name.clone(),
            Some(number) => number.to_string(),
            None => "<nil>".to_owned(),
        };
        text.line(2, format_args!("To Port: {number}/{protocol}"));
    }
}

fn peer(peer: &Value, text: &mut Text) {
    if let Some(block) = peer.get("ipBlock") {
        let except: Vec<&str> = list_of(block, "except").iter().filter_map(Value::as_str).collect();
        text.line(3, "IPBlock:");
        text.line(4, format_args!("CIDR: {}", text_of(block, "cidr")));
        text.line(4, format_args!("Except: {}", except.join(", ")));
    }
    for (field, name) in [("namespaceSelector", "NamespaceSelector"), ("podSelector", "PodSelector")] {
        if let Some(found) = peer.get(field) {
            text.line(3, format_args!("{name}: {}", selector(Some(found))));
        }
    }
}

fn selector(value: Option<&Value>) -> String {
    value.cloned().and_then(LabelSelector::from_json).unwrap_or_default().to_string()
}
