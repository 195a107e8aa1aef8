//! Small kinds that rule over others: PodDisruptionBudget, PriorityClass, RuntimeClass, Lease.

use super::intstr::{at_most_100_percent, int_or_percent};
use super::selector::label_selector;
use super::{meta, pod, text};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::Node;
use crate::base::text::go_json;

type Errors = Vec<FieldError>;

/// Models `ValidatePodDisruptionBudgetSpec`.
pub fn disruption_budget(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    let (min, max) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    let (selector, eviction) = (spec.get("selector"), spec.get("unhealthyPodEvictionPolicy"));
    if min.exists() && max.exists() {
        let show = |at: &Node| at.value().map_or("null".to_owned(), go_json);
        let selector = match selector.exists() {
            true => selector.json_in_order(&["matchLabels", "matchExpressions"]),
            false => "null".to_owned(),
        };
        let json = format!(
            "{{\"MinAvailable\":{},\"Selector\":{selector},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
            show(&min),
            show(&max),
            show(&eviction)
        );
        let detail = "minAvailable and maxUnavailable cannot be both set";
        errors.push(spec.with_json(FieldErrorKind::Invalid, &json, detail));
    }
    for at in [&min, &max].into_iter().filter(|at| at.exists()) {
        int_or_percent(at, errors);
        at_most_100_percent(at, errors);
    }
    label_selector(&selector, errors);
    const EVICTIONS: [&str; 2] = ["AlwaysAllow", "IfHealthyBudget"];
    if eviction.text().is_some_and(|word| !EVICTIONS.contains(&word)) {
        errors.push(eviction.unsupported(&EVICTIONS));
    }
}

/// All but the metadata of a PriorityClass. Models `ValidatePriorityClass`.
pub fn priority_class(object: &Node, errors: &mut Errors) {
    let metadata = object.get("metadata");
    let (name, value) = (metadata.get("name"), object.get("value"));
    if name.str().starts_with("system-") {
        let known = matches!(name.str(), "system-node-critical" | "system-cluster-critical");
        if !known {
            errors.push(name.forbidden(format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {} is not a known system priority class",
                name.str()
            )));
        }
    } else if value.int() > 1_000_000_000 {
        errors.push(value.forbidden("maximum allowed value of a user defined priority is 1000000000"));
    }
    let policy = object.get("preemptionPolicy");
    if policy.exists() {
        pod::enumerated(&policy, &["PreemptLowerPriority", "Never"], errors);
    }
}

/// Models `ValidatePriorityClassUpdate`.
pub fn priority_class_update(new: &Node, old: &Node, errors: &mut Errors) {
    if new.get("value").int() != old.get("value").int() {
        errors.push(new.get("value").forbidden("may not be changed in an update."));
    }
    meta::immutable(&new.get("preemptionPolicy"), &old.get("preemptionPolicy"), errors);
}

/// Models `ValidateLeaseSpec`.
pub fn lease(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    let (duration, transitions) = (spec.get("leaseDurationSeconds"), spec.get("leaseTransitions"));
    if duration.number().is_some_and(|seconds| seconds <= 0) {
        errors.push(duration.invalid("must be greater than 0"));
    }
    if transitions.int() < 0 {
        errors.push(transitions.invalid("must be greater than or equal to 0"));
    }
}

/// Models `ValidateRuntimeClass`.
pub fn runtime_class(object: &Node, errors: &mut Errors) {
    let handler = object.get("handler");
    meta::flaws(&handler, text::dns_label(handler.str()), errors);
}
