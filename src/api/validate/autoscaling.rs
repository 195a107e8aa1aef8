//! HorizontalPodAutoscalers.
//!
//! Models `pkg/apis/autoscaling/validation/validation.go`.

use super::meta;
use super::selector::label_selector;
use super::text;
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

/// All but the metadata of a HorizontalPodAutoscaler, new or in place of `old`.
pub fn autoscaler(object: &Node, old: Option<&Node>, group_version: &str, errors: &mut Errors) {
    let spec = object.get("spec");
    let (min, max) = (spec.get("minReplicas"), spec.get("maxReplicas"));
    if min.number().is_some_and(|min| min < 1) {
        errors.push(min.invalid("must be greater than or equal to 1"));
    }
    if max.int() < 1 {
        errors.push(max.required("must be set and greater than 0"));
    }
    if min.number().is_some_and(|min| max.int() < min) {
        errors.push(max.invalid_as(max.int(), "must be greater than or equal to `minReplicas`"));
    }
    let target = spec.get("scaleTargetRef");
    let unchanged = old.is_some_and(|old| {
        let spec = old.get("spec");
        let before = spec.get("scaleTargetRef");
        ["apiVersion", "kind"].iter().all(|field| before.get(field).str() == target.get(field).str())
    });
    target_reference(&target, errors);
    if !unchanged {
        // The only kind of the core group that can be scaled.
        api_version(&target, target.get("kind").str() == "ReplicationController", errors);
    }
    let may_be_nothing = |metric: Node| matches!(metric.get("type").str(), "Object" | "External");
    let to_zero = min.number() == Some(0) && !spec.get("metrics").items().any(may_be_nothing);
    if group_version == "autoscaling/v1" {
        let cpu = spec.get("targetCPUUtilizationPercentage");
        if cpu.number().is_some_and(|percent| percent < 1) {
            // Upstream converts this field to a metric before it validates.
            let path = crate::base::path::FieldPath::of("spec.metrics[0].resource.target.averageUtilization");
            errors.push(Node::at(&path, cpu.value()).invalid("must be greater than 0"));
        }
        scaling_to_zero(&spec, to_zero, errors);
        return;
    }
    for metric in spec.get("metrics").items() {
        metric_spec(&metric, errors);
    }
    scaling_to_zero(&spec, to_zero, errors);
    let behavior = spec.get("behavior");
    for direction in ["scaleUp", "scaleDown"] {
        let rules = behavior.get(direction);
        if rules.exists() {
            scaling_rules(&rules, errors);
        }
    }
}

fn scaling_to_zero(spec: &Node, to_zero: bool, errors: &mut Errors) {
    if to_zero {
        let words = "must specify at least one Object or External metric to support scaling to zero replicas";
        errors.push(spec.get("metrics").forbidden(words));
    }
}

/// Models `ValidateAPIVersion`.
fn api_version(at: &Node, may_be_core: bool, errors: &mut Errors) {
    let version = at.get("apiVersion");
    let text = version.str();
    if text.matches('/').count() > 1 {
        errors.push(version.invalid(format!("unexpected GroupVersion string: {text}")));
    } else if !may_be_core && text.split_once('/').is_none_or(|(group, _)| group.is_empty()) {
        errors.push(version.invalid_as(text, "apiVersion must specify API group"));
    }
}

/// Models `ValidateCrossVersionObjectReference`.
fn target_reference(at: &Node, errors: &mut Errors) {
    for field in ["kind", "name"] {
        let word = at.get(field);
        if word.str().is_empty() {
            errors.push(word.required(""));
        } else {
            meta::flaws(&word, text::path_segment(word.str()), errors);
        }
    }
}

const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];
const TYPES: [&str; 5] = ["ContainerResource", "External", "Object", "Pods", "Resource"];

/// Models `validateMetricSpec`.
fn metric_spec(at: &Node, errors: &mut Errors) {
    let kind = at.get("type");
    if kind.str().is_empty() {
        errors.push(kind.required("must specify a metric source type"));
    }
    if !TYPES.contains(&kind.str()) {
        errors.push(kind.unsupported(&TYPES));
    }
    let present: Vec<&str> = SOURCES.iter().map(|(_, field)| *field).filter(|field| at.get(field).exists()).collect();
    if let Some(first) = present.first() {
        source(first, &at.get(first), errors);
    }
    let expected = SOURCES.iter().find(|(word, _)| *word == kind.str()).map(|(_, field)| *field);
    if let Some(field) = expected.filter(|field| !at.get(field).exists()) {
        errors.push(at.get(field).required("must populate information for the given metric source"));
    }
    if present.len() != 1 {
        for field in present.iter().filter(|field| Some(**field) != expected) {
            errors.push(at.get(field).forbidden("must populate the given metric source only"));
        }
    }
}

fn source(field: &str, at: &Node, errors: &mut Errors) {
    let target = at.get("target");
    match field {
        "object" => {
            target_reference(&at.get("describedObject"), errors);
            api_version(&at.get("describedObject"), true, errors);
            metric_identifier(&at.get("metric"), errors);
            metric_target(&target, errors);
            if !target.get("value").exists() && !target.get("averageValue").exists() {
                errors.push(target.get("averageValue").required("must set either a target value or averageValue"));
            }
        }
        "external" => {
            metric_identifier(&at.get("metric"), errors);
            metric_target(&target, errors);
            let (value, average) = (target.get("value"), target.get("averageValue"));
            match (value.exists(), average.exists()) {
                (false, false) => {
                    errors.push(
                        target
                            .get("averageValue")
                            .required("must set either a target value for metric or a per-pod target"),
                    );
                }
                (true, true) => {
                    errors.push(value.forbidden("may not set both a target value for metric and a per-pod target"));
                }
                _ => {}
            }
        }
        "pods" => {
            metric_identifier(&at.get("metric"), errors);
            metric_target(&target, errors);
            let average = target.get("averageValue");
            if average.quantity().is_none_or(|value| value.sign() < 0 || value.is_zero()) {
                errors.push(average.required("must specify a positive target averageValue"));
            }
        }
        _ => {
            if at.get("name").str().is_empty() {
                errors.push(at.get("name").required("must specify a resource name"));
            }
            if field == "containerResource" && at.get("container").str().is_empty() {
                errors.push(at.get("container").required("must specify a container"));
            }
            metric_target(&target, errors);
            let (utilization, average) = (target.get("averageUtilization"), target.get("averageValue"));
            match (utilization.exists(), average.exists()) {
                (false, false) => {
                    errors.push(utilization.required("must set either a target raw value or a target utilization"));
                }
                (true, true) => {
                    errors.push(average.forbidden("may not set both a target raw value and a target utilization"));
                }
                _ => {}
            }
        }
    }
}

fn metric_identifier(at: &Node, errors: &mut Errors) {
    let name = at.get("name");
    if name.str().is_empty() {
        errors.push(name.required("must specify a metric name"));
    } else {
        meta::flaws(&name, text::path_segment(name.str()), errors);
    }
    label_selector(&at.get("selector"), errors);
}

/// Models `validateMetricTarget`.
fn metric_target(at: &Node, errors: &mut Errors) {
    let kind = at.get("type");
    if kind.str().is_empty() {
        errors.push(kind.required("must specify a metric target type"));
    }
    if !matches!(kind.str(), "Utilization" | "Value" | "AverageValue") {
        errors.push(kind.invalid_as(kind.str(), "must be either Utilization, Value, or AverageValue"));
    }
    for field in ["value", "averageValue"] {
        let amount = at.get(field);
        if let Some(quantity) = amount.quantity().filter(|q| q.sign() < 0 || q.is_zero()) {
            errors.push(amount.invalid_as(quantity.to_string(), "must be positive"));
        }
    }
    let utilization = at.get("averageUtilization");
    if utilization.number().is_some_and(|percent| percent < 1) {
        errors.push(utilization.invalid("must be greater than 0"));
    }
}

/// Models `validateScalingRules`.
fn scaling_rules(at: &Node, errors: &mut Errors) {
    let (window, select, policies) = (at.get("stabilizationWindowSeconds"), at.get("selectPolicy"), at.get("policies"));
    if window.int() < 0 {
        errors.push(window.invalid("must be greater than or equal to zero"));
    }
    if window.int() > 3600 {
        errors.push(window.invalid("must be less than or equal to 3600"));
    }
    const SELECTS: [&str; 3] = ["Disabled", "Max", "Min"];
    if select.text().is_some_and(|word| !SELECTS.contains(&word)) {
        errors.push(select.unsupported(&SELECTS));
    }
    let tolerance = at.get("tolerance");
    if let Some(quantity) = tolerance.quantity().filter(|quantity| quantity.sign() < 0) {
        errors.push(tolerance.invalid_as(quantity.to_string(), "must be greater than or equal to 0"));
    }
    if policies.is_empty() {
        errors.push(policies.required("must specify at least one Policy"));
    }
    for policy in policies.items() {
        let (kind, value, period) = (policy.get("type"), policy.get("value"), policy.get("periodSeconds"));
        if !matches!(kind.str(), "Pods" | "Percent") {
            errors.push(kind.unsupported(&["Percent", "Pods"]));
        }
        if value.int() <= 0 {
            errors.push(value.invalid_as(value.int(), "must be greater than zero"));
        }
        if period.int() <= 0 {
            errors.push(period.invalid_as(period.int(), "must be greater than zero"));
        }
        if period.int() > 1800 {
            errors.push(period.invalid("must be less than or equal to 1800"));
        }
    }
}
