//! HorizontalPodAutoscalers.

use super::{Text, list_of, text_of};
use crate::api::objects::Object;
use crate::base::Value;
use crate::kubectl::tables::metric_texts;

/// Models `describeHorizontalPodAutoscalerV2`.
pub(super) fn autoscaler(object: &Object, text: &mut Text) {
    let value = object.to_value();
    let (spec, status) = (&value["spec"], &value["status"]);
    let meta = object.meta();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.field("CreationTimestamp", meta.creation_timestamp.unwrap_or_default().rfc1123z());
    let target = &spec["scaleTargetRef"];
    let kind = text_of(target, "kind");
    text.field("Reference", format_args!("{kind}/{}", text_of(target, "name")));
    text.line(0, "Metrics:\t( current / target )");
    for (place, metric) in list_of(spec, "metrics").iter().enumerate() {
        self::metric(metric, list_of(status, "currentMetrics").get(place), text);
    }
    let number = |value: &Value| value.as_i64().map_or("<unset>".to_owned(), |number| number.to_string());
    text.field("Min replicas", number(&spec["minReplicas"]));
    text.field("Max replicas", number(&spec["maxReplicas"]));
    if spec["behavior"].is_object() {
        text.line(0, "Behavior:");
        direction("Scale Up", &spec["behavior"]["scaleUp"], text);
        direction("Scale Down", &spec["behavior"]["scaleDown"], text);
    }
    let count = |field: &str| status[field].as_i64().unwrap_or(0);
    let (current, desired) = (count("currentReplicas"), count("desiredReplicas"));
    text.line(0, format_args!("{kind} pods:\t{current} current / {desired} desired"));
    let conditions = list_of(status, "conditions");
    if !conditions.is_empty() {
        text.line(0, "Conditions:");
        text.line(1, "Type\tStatus\tReason\tMessage");
        text.line(1, "----\t------\t------\t-------");
        for one in conditions {
            let cell = |field: &str| text_of(one, field);
            let (kind, holds) = (cell("type"), cell("status"));
            text.line(1, format_args!("{kind}\t{holds}\t{}\t{}", cell("reason"), cell("message")));
        }
    }
}

fn metric(metric: &Value, status: Option<&Value>, text: &mut Text) {
    let kind = text_of(metric, "type");
    let Some(texts) = metric_texts(metric, status) else {
        return text.line(1, format_args!("<unknown metric type \"{kind}\">"));
    };
    let (current, target) = (texts.describe_current, texts.target);
    let name = texts.name;
    let share = if texts.is_share { "  (as a percentage of request)" } else { "" };
    match kind {
        "External" => {
            let value = if texts.is_average { "target average value" } else { "target value" };
            text.line(1, format_args!("\"{name}\" ({value}):\t{current} / {target}"));
        }
        "Pods" => text.line(1, format_args!("\"{name}\" on pods:\t{current} / {target}")),
        "Object" => {
            let object = &metric["object"]["describedObject"];
            let (kind, of) = (text_of(object, "kind"), text_of(object, "name"));
            let value = if texts.is_average { "target average value" } else { "target value" };
            text.line(1, format_args!("\"{name}\" on {kind}/{of} ({value}):\t{current} / {target}"));
        }
        "Resource" => text.line(1, format_args!("resource {name} on pods{share}:\t{current} / {target}")),
        _ => {
            let container = text_of(&metric["containerResource"], "container");
            let of = format!("resource {name} of container \"{container}\" on pods");
            text.line(1, format_args!("{of}{share}:\t{current} / {target}"));
        }
    }
}

/// Models `printDirectionBehavior`.
fn direction(title: &str, rules: &Value, text: &mut Text) {
    if !rules.is_object() {
        return;
    }
    text.line(1, format_args!("{title}:"));
    if let Some(seconds) = rules["stabilizationWindowSeconds"].as_i64() {
        text.line(2, format_args!("Stabilization Window: {seconds} seconds"));
    }
    let policies = list_of(rules, "policies");
    if policies.is_empty() {
        return;
    }
    let select = rules["selectPolicy"].as_str().unwrap_or("Max");
    text.line(2, format_args!("Select Policy: {select}"));
    text.line(2, "Policies:");
    for policy in policies {
        let number = |field: &str| policy[field].as_i64().unwrap_or(0);
        let (kind, value, period) = (text_of(policy, "type"), number("value"), number("periodSeconds"));
        text.line(3, format_args!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds"));
    }
}
