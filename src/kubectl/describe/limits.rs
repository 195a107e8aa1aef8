//! Quotas, limit ranges and network policies.

use super::{Text, list_of, text_of};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::base::Value;
use crate::base::time::Timestamp;
use crate::kubectl::client::{Client, Filter};
use std::collections::BTreeSet;

fn amount(map: Option<&Value>, name: &str) -> String {
    match map.and_then(|map| map.get(name)) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "0".to_owned(),
    }
}

/// Models `helpTextForResourceQuotaScope`.
fn help(scope: &str) -> &'static str {
    match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
        }
        _ => "",
    }
}

fn scopes(value: &Value) -> Vec<String> {
    let spec = value.get("spec").cloned().unwrap_or_default();
    let mut scopes: Vec<String> =
        list_of(&spec, "scopes").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    scopes.sort();
    scopes
}

/// Models `describeQuota`.
pub(super) fn quota(object: &Object, mut text: Text) -> String {
    let value = object.to_value();
    text.field("Name", &object.meta().name);
    text.field("Namespace", &object.meta().namespace);
    let scopes = scopes(&value);
    if !scopes.is_empty() {
        text.field("Scopes", scopes.join(", "));
        for scope in &scopes {
            text.line(0, format_args!(" * {}", help(scope)));
        }
    }
    text.line(0, "Resource\tUsed\tHard");
    text.line(0, "--------\t----\t----");
    let (hard, used) = (value.pointer("/status/hard"), value.pointer("/status/used"));
    for (name, _) in hard.and_then(Value::as_object).into_iter().flatten() {
        text.line(0, format_args!("{name}\t{}\t{}", amount(used, name), amount(hard, name)));
    }
    text.laid_out()
}

/// Models `DescribeResourceQuotas` and `DescribeLimitRanges`: what a namespace says of them.
pub(super) fn of_namespace(namespace: &str, client: &mut Client<'_>, text: &mut Text) {
    let quotas = client.list(Kind::RESOURCE_QUOTA, namespace, Filter::default()).unwrap_or_default();
    text.line(0, if quotas.is_empty() { "\nNo resource quota." } else { "\nResource Quotas" });
    for object in &quotas {
        let value = object.to_value();
        text.line(1, format_args!("Name:\t{}", object.meta().name));
        let scopes = scopes(&value);
        if !scopes.is_empty() {
            text.line(1, format_args!("Scopes:\t{}", scopes.join(", ")));
            for scope in &scopes {
                text.line(1, format_args!("* {}", help(scope)));
            }
        }
        text.line(1, "Resource\tUsed\tHard");
        text.line(1, "--------\t---\t---");
        let (hard, used) = (value.pointer("/status/hard"), value.pointer("/status/used"));
        for (name, _) in hard.and_then(Value::as_object).into_iter().flatten() {
            text.line(1, format_args!("{name}\t{}\t{}", amount(used, name), amount(hard, name)));
        }
    }
    let ranges = client.list(Kind::LIMIT_RANGE, namespace, Filter::default()).unwrap_or_default();
    if ranges.is_empty() {
        text.line(0, "\nNo LimitRange resource.");
        return;
    }
    text.line(0, "\nResource Limits");
    text.line(0, " Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    text.line(0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    for object in &ranges {
        limits(&object.to_value(), " ", text);
    }
}

/// Models `describeLimitRangeSpec`.
fn limits(value: &Value, prefix: &str, text: &mut Text) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    let spec = value.get("spec").cloned().unwrap_or_default();
    for item in list_of(&spec, "limits") {
        let names: BTreeSet<&String> =
            FIELDS.iter().filter_map(|field| item.get(*field)?.as_object()).flat_map(|map| map.keys()).collect();
        for name in names {
            let cell = |field: &str| match item.get(field).and_then(|map| map.get(name.as_str())) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => "-".to_owned(),
            };
            let cells: Vec<String> = FIELDS.iter().map(|field| cell(field)).collect();
            text.line(0, format_args!("{prefix}{}\t{name}\t{}", text_of(item, "type"), cells.join("\t")));
        }
    }
}

/// Models `describeLimitRange`.
pub(super) fn limit_range(object: &Object, mut text: Text) -> String {
    text.field("Name", &object.meta().name);
    text.field("Namespace", &object.meta().namespace);
    text.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    text.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    limits(&object.to_value(), "", &mut text);
    text.laid_out()
}

/// A selector in words. Models `metav1.FormatLabelSelector`.
fn selector(selector: &Value) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
        parts.push((key.clone(), format!("{key}={}", value.as_str().unwrap_or_default())));
    }
    for expression in list_of(selector, "matchExpressions") {
        let key = text_of(expression, "key");
        let mut values: Vec<&str> = list_of(expression, "values").iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let text = match text_of(expression, "operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        parts.push((key.to_owned(), text));
    }
    parts.sort();
    let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    if texts.is_empty() { "<none>".to_owned() } else { texts.join(",") }
}

/// Models `describeNetworkPolicy`.
pub(super) fn network_policy(object: &Object, mut text: Text) -> String {
    let value = object.to_value();
    let meta = object.meta();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    let created = meta.creation_timestamp.unwrap_or_default();
    text.field("Created on", go_time(created));
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    let spec = value.get("spec").cloned().unwrap_or_default();
    text.line(0, "Spec:");
    let pods = selector(spec.get("podSelector").unwrap_or(&Value::Null));
    let pods = if pods == "<none>" {
        "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
    } else {
        pods
    };
    text.line(1, format_args!("PodSelector:     {pods}"));
    let types: Vec<&str> = list_of(&spec, "policyTypes").iter().filter_map(Value::as_str).collect();
    for (kind, field, peers, word) in
        [("Ingress", "ingress", "from", "source"), ("Egress", "egress", "to", "destination")]
    {
        if !types.contains(&kind) {
            text.line(1, format_args!("Not affecting {field} traffic"));
            continue;
        }
        text.line(1, format_args!("Allowing {field} traffic:"));
        let rules = list_of(&spec, field);
        if rules.is_empty() {
            text.line(2, format_args!("<none> (Selected pods are isolated for {field} connectivity)"));
        }
        for (place, rule) in rules.iter().enumerate() {
            self::rule(rule, peers, word, &mut text);
            if place + 1 < rules.len() {
                text.line(2, "----------");
            }
        }
    }
    text.line(1, format_args!("Policy Types: {}", types.join(", ")));
    text.laid_out()
}

fn rule(rule: &Value, peers: &str, word: &str, text: &mut Text) {
    let title = if peers == "from" { "From" } else { "To" };
    let ports = list_of(rule, "ports");
    if ports.is_empty() {
        text.line(2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports {
        let protocol = match text_of(port, "protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        let number = match port.get("port") {
            Some(Value::String(name)) => name.clone(),
            Some(number) => number.to_string(),
            None => "<nil>".to_owned(),
        };
        match port.get("endPort") {
            Some(end) => text.line(2, format_args!("To Port Range: {number}-{end}/{protocol}")),
            None => text.line(2, format_args!("To Port: {number}/{protocol}")),
        }
    }
    let all = list_of(rule, peers);
    if all.is_empty() {
        text.line(2, format_args!("{title}: <any> (traffic not restricted by {word})"));
    }
    for peer in all {
        text.line(2, format_args!("{title}:"));
        for (name, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
            if let Some(given) = peer.get(field) {
                text.line(3, format_args!("{name}: {}", selector(given)));
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

/// A time as Go prints it by itself: `2026-01-01 00:00:00 +0000 UTC`.
fn go_time(time: Timestamp) -> String {
    time.to_string().replace('T', " ").replace('Z', " +0000 UTC")
}
