//! Kinds that rule over others: autoscalers, limits, priorities, bindings.

use super::edit::{child, default, default_text, ensure, has, is_empty, items, text};
use crate::base::{Fields, Value};
use serde_json::json;

/// Models `pkg/apis/autoscaling/{v1,v2}/defaults.go`.
pub fn autoscaler(object: &mut Fields, group_version: &str) {
    let spec = ensure(object, "spec");
    default(spec, "minReplicas", 1);
    ensure(spec, "scaleTargetRef");
    if group_version == "autoscaling/v1" {
        return;
    }
    if is_empty(spec, "metrics") {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        let metrics = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
        spec.insert("metrics".to_owned(), metrics);
    }
    let Some(behavior) = child(spec, "behavior") else { return };
    let up = ensure(behavior, "scaleUp");
    default(up, "stabilizationWindowSeconds", 0);
    default(up, "selectPolicy", "Max");
    if !has(up, "policies") {
        let policies = json!([
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ]);
        up.insert("policies".to_owned(), policies);
    }
    let down = ensure(behavior, "scaleDown");
    default(down, "selectPolicy", "Max");
    if !has(down, "policies") {
        down.insert("policies".to_owned(), json!([{"type": "Percent", "value": 100, "periodSeconds": 15}]));
    }
}

pub fn priority_class(object: &mut Fields) {
    default(object, "preemptionPolicy", "PreemptLowerPriority");
    default(object, "value", 0);
}

/// Models `SetDefaults_LimitRangeItem`: limits for containers follow from each other.
pub fn limit_range(object: &mut Fields) {
    for limit in items(ensure(object, "spec"), "limits") {
        if text(limit, "type") != "Container" {
            continue;
        }
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            let Some(amounts) = limit.get(from).and_then(Value::as_object).cloned() else { continue };
            let list = ensure(limit, to);
            for (name, amount) in amounts {
                list.entry(name).or_insert(amount);
            }
        }
    }
}

/// Models `pkg/apis/rbac/v1/defaults.go`.
pub fn role_binding(object: &mut Fields) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    default_text(ensure(object, "roleRef"), "apiGroup", GROUP);
    for subject in items(object, "subjects") {
        if matches!(text(subject, "kind"), "User" | "Group") {
            default_text(subject, "apiGroup", GROUP);
        }
    }
}
