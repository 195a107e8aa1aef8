//! Namespaces, and the quotas and limits that hold in them.

use super::{Text, list_of, text_of};
use crate::api::kinds::Kind;
use crate::api::objects::{Namespace, Object};
use crate::base::Order;
use crate::base::{Fields, Value};
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::gofmt;
use std::collections::BTreeSet;

/// Models `describeNamespace`.
pub(super) fn namespace(namespace: &Namespace, client: &mut Client<'_>, text: &mut Text) {
    let name = &namespace.meta.name;
    text.field("Name", name);
    text.labels("Labels", &namespace.meta.labels);
    text.annotations("Annotations", &namespace.meta.annotations);
    text.field("Status", &namespace.status.phase);
    let value = Object::Namespace(namespace.clone()).to_value();
    let conditions = value.pointer("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !conditions.is_empty() {
        text.line(0, "Conditions:");
        text.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        text.line(1, "----\t------\t------------------\t------\t-------");
    }
    for condition in conditions {
        let field = |name| text_of(condition, name);
        let since = crate::base::time::Timestamp::parse(field("lastTransitionTime")).unwrap_or_default().rfc1123z();
        let (kind, status) = (field("type"), field("status"));
        text.line(1, format_args!("{kind}\t{status}\t{since}\t{}\t{}", field("reason"), field("message")));
    }
    text.line(0, "");
    let mut listed = |kind: Kind| -> Vec<Value> {
        let found = client.list(kind, name, Filter::default()).unwrap_or_default();
        found.iter().map(|object| object.to_value()).collect()
    };
    let quotas = listed(Kind::RESOURCE_QUOTA);
    text.line(0, if quotas.is_empty() { "No resource quota." } else { "Resource Quotas" });
    for quota in &quotas {
        text.line(1, format_args!("Name:\t{}", quota.pointer("/metadata/name").map_or(String::new(), gofmt::sprint)));
        used(quota, 1, "* ", "---\t---", text);
    }
    text.line(0, "");
    let limits = listed(Kind::LIMIT_RANGE);
    if limits.is_empty() {
        text.line(0, "No LimitRange resource.");
    } else {
        text.line(0, "Resource Limits");
        bounds(&limits, " ", text);
    }
}

/// Models `describeQuota`.
pub(super) fn quota(object: &Object, text: &mut Text) {
    text.field("Name", &object.meta().name);
    text.field("Namespace", &object.meta().namespace);
    used(&object.to_value(), 0, " * ", "----\t----", text);
}

/// Models `describeLimitRange`.
pub(super) fn limit_range(object: &Object, text: &mut Text) {
    text.field("Name", &object.meta().name);
    text.field("Namespace", &object.meta().namespace);
    bounds(&[object.to_value()], "", text);
}

/// What a quota allows and what is used of it.
fn used(quota: &Value, level: usize, bullet: &str, rule: &str, text: &mut Text) {
    let mut scopes: Vec<&str> =
        quota.get("spec").map_or(&[][..], |spec| list_of(spec, "scopes")).iter().filter_map(Value::as_str).collect();
    scopes.order();
    if !scopes.is_empty() {
        text.line(level, format_args!("Scopes:\t{}", scopes.join(", ")));
    }
    for help in scopes.iter().filter_map(|scope| help(scope)) {
        text.line(level, format_args!("{bullet}{help}"));
    }
    text.line(level, "Resource\tUsed\tHard");
    text.line(level, format_args!("--------\t{rule}"));
    let hard = quota.pointer("/status/hard").and_then(Value::as_object);
    for (name, hard) in hard.into_iter().flatten() {
        let used = quota.pointer("/status/used").and_then(|used| used.get(name));
        let used = used.map_or("0".to_owned(), gofmt::sprint);
        text.line(level, format_args!("{name}\t{used}\t{}", gofmt::sprint(hard)));
    }
}

/// Models `helpTextForResourceQuotaScope`.
fn help(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being \
             actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose \
             container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed \
             quality of service."
        }
        _ => return None,
    })
}

/// Models `describeLimitRangeSpec`; resources by name, where kubectl leaves their order to chance.
fn bounds(ranges: &[Value], prefix: &str, text: &mut Text) {
    const COLUMNS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    let titles = "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
    text.line(0, format_args!("{prefix}{titles}"));
    let rule = "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";
    text.line(0, format_args!("{prefix}{rule}"));
    for item in ranges.iter().filter_map(|range| range.get("spec")).flat_map(|spec| list_of(spec, "limits")) {
        let lists = COLUMNS.map(|column| item.get(column).and_then(Value::as_object));
        let names: BTreeSet<&String> = lists.iter().flatten().flat_map(|list: &&Fields| list.keys()).collect();
        for name in names {
            let cells = lists.map(|list| list.and_then(|list| list.get(name)).map_or("-".to_owned(), gofmt::sprint));
            text.line(0, format_args!("{prefix}{}\t{name}\t{}", text_of(item, "type"), cells.join("\t")));
        }
    }
}
