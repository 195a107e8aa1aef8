//! NetworkPolicies.

use super::{Text, list_of, text_of};
use crate::api::json::Json;
use crate::api::objects::Object;
use crate::api::selector::LabelSelector;
use crate::base::Value;
use crate::kubectl::gofmt;

/// The words of one direction.
struct Direction {
    name: &'static str,
    field: &'static str,
    peers: &'static str,
    title: &'static str,
    end: &'static str,
}

const DIRECTIONS: [Direction; 2] = [
    Direction { name: "ingress", field: "ingress", peers: "from", title: "From", end: "source" },
    Direction { name: "egress", field: "egress", peers: "to", title: "To", end: "destination" },
];

/// Models `describeNetworkPolicy`.
pub(super) fn network_policy(object: &Object, text: &mut Text) {
    let value = object.to_value();
    let meta = object.meta();
    let nothing = Value::Null;
    let spec = value.get("spec").unwrap_or(&nothing);
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    let created = meta.creation_timestamp.unwrap_or_default().to_string();
    text.field("Created on", format_args!("{} +0000 UTC", created.trim_end_matches('Z').replace('T', " ")));
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
    for direction in &DIRECTIONS {
        if types.iter().any(|kind| kind.eq_ignore_ascii_case(direction.name)) {
            text.line(1, format_args!("Allowing {} traffic:", direction.name));
            rules(list_of(spec, direction.field), direction, text);
        } else {
            text.line(1, format_args!("Not affecting {} traffic", direction.name));
        }
    }
    text.line(1, format_args!("Policy Types: {}", super::or_none(&types.join(", "))));
}

fn selector(value: Option<&Value>) -> String {
    value.cloned().and_then(LabelSelector::from_json).unwrap_or_default().to_string()
}

/// Models `printNetworkPolicySpecIngressFrom` and its twin.
fn rules(rules: &[Value], direction: &Direction, text: &mut Text) {
    if rules.is_empty() {
        text.line(2, format_args!("<none> (Selected pods are isolated for {} connectivity)", direction.name));
    }
    for (place, rule) in rules.iter().enumerate() {
        if place > 0 {
            text.line(2, "----------");
        }
        ports(list_of(rule, "ports"), text);
        let (title, peers) = (direction.title, list_of(rule, direction.peers));
        if peers.is_empty() {
            text.line(2, format_args!("{title}: <any> (traffic not restricted by {})", direction.end));
        }
        for peer in peers {
            text.line(2, format_args!("{title}:"));
            for (field, title) in [("namespaceSelector", "NamespaceSelector"), ("podSelector", "PodSelector")] {
                if peer.get(field).is_some() {
                    text.line(3, format_args!("{title}: {}", selector(peer.get(field))));
                }
            }
            if let Some(block) = peer.get("ipBlock") {
                let except: Vec<&str> = list_of(block, "except").iter().filter_map(Value::as_str).collect();
                text.line(3, "IPBlock:");
                text.line(4, format_args!("CIDR: {}", text_of(block, "cidr")));
                text.line(4, format_args!("Except: {}", except.join(", ")));
            }
        }
    }
}

fn ports(ports: &[Value], text: &mut Text) {
    if ports.is_empty() {
        text.line(2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports {
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
        let number = port.get("port").map_or("<nil>".to_owned(), gofmt::sprint);
        match port.get("endPort") {
            Some(end) => text.line(2, format_args!("To Port Range: {number}-{}/{protocol}", gofmt::sprint(end))),
            None => text.line(2, format_args!("To Port: {number}/{protocol}")),
        }
    }
}
