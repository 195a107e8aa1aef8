//! Tolerations, scheduling gates, topology spread.

use super::enumerated;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::selector::label_selector;
use crate::api::validate::{meta, text};
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

/// Models `ValidateTolerations`.
pub fn tolerations(at: &Node, errors: &mut Errors) {
    for toleration in at.items() {
        let (key, operator, value) = (toleration.get("key"), toleration.get("operator"), toleration.get("value").str());
        if !key.str().is_empty() {
            meta::label_name(&key, errors);
        } else if operator.str() != "Exists" {
            errors.push(operator.invalid_as(
                operator.str(),
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            ));
        }
        let effect = toleration.get("effect");
        if toleration.get("tolerationSeconds").exists() && effect.str() != "NoExecute" {
            errors.push(effect.invalid_as(effect.str(), "effect must be 'NoExecute' when `tolerationSeconds` is set"));
        }
        match operator.str() {
            "Equal" | "" => {
                let flaws = text::label_value(value);
                if !flaws.is_empty() {
                    errors.push(operator.invalid_as(value, flaws.join(";")));
                }
            }
            "Exists" if !value.is_empty() => {
                errors.push(operator.invalid_as(value, "value must be empty when `operator` is 'Exists'"));
            }
            "Exists" => {}
            _ => errors.push(operator.unsupported(&["Equal", "Exists", "Lt", "Gt"])),
        }
        if !effect.str().is_empty() {
            taint_effect(&effect, errors);
        }
    }
}

/// Models `validateTaintEffect`.
pub fn taint_effect(at: &Node, errors: &mut Errors) {
    enumerated(at, &["NoSchedule", "PreferNoSchedule", "NoExecute"], errors);
}

/// Models `validateSchedulingGates`.
pub fn gates(at: &Node, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for gate in at.items() {
        let name = gate.get("name").str();
        errors.extend(text::qualified_name(name).into_iter().map(|flaw| gate.invalid_as(name, flaw)));
        if !seen.insert(name) {
            errors.push(gate.duplicate_as(name));
        }
    }
}

/// Models `validateTopologySpreadConstraints`.
pub fn spread_constraints(at: &Node, errors: &mut Errors) {
    for (i, constraint) in at.items().enumerate() {
        let (skew, key, action) =
            (constraint.get("maxSkew"), constraint.get("topologyKey"), constraint.get("whenUnsatisfiable"));
        if skew.int() <= 0 {
            errors.push(skew.invalid_as(skew.int(), "must be greater than zero"));
        }
        if key.str().is_empty() {
            errors.push(key.required("can not be empty"));
        }
        if !matches!(action.str(), "DoNotSchedule" | "ScheduleAnyway") {
            errors.push(action.unsupported(&["DoNotSchedule", "ScheduleAnyway"]));
        }
        let repeated = at.items().skip(i + 1).any(|other| {
            other.get("topologyKey").str() == key.str() && other.get("whenUnsatisfiable").str() == action.str()
        });
        if repeated {
            let pair = format!("{{{}, {}}}", key.str(), action.str());
            errors.push(constraint.get("{topologyKey, whenUnsatisfiable}").duplicate_as(pair));
        }
        let domains = constraint.get("minDomains");
        if let Some(number) = domains.number() {
            if number <= 0 {
                errors.push(domains.invalid("must be greater than zero"));
            }
            if action.str() != "DoNotSchedule" {
                let words = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}", action.str());
                errors.push(domains.invalid(words));
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            let policy = constraint.get(field);
            if policy.text().is_some_and(|policy| !matches!(policy, "Honor" | "Ignore")) {
                errors.push(policy.unsupported(&["Honor", "Ignore"]));
            }
        }
        match_label_keys(&constraint, errors);
        label_selector(&constraint.get("labelSelector"), errors);
    }
}

fn match_label_keys(constraint: &Node, errors: &mut Errors) {
    let (at, selector) = (constraint.get("matchLabelKeys"), constraint.get("labelSelector"));
    if at.is_empty() {
        return;
    }
    if !selector.exists() {
        errors.push(at.forbidden("must not be specified when labelSelector is not set"));
    }
    let (labels, expressions) = (selector.get("matchLabels"), selector.get("matchExpressions"));
    let used: BTreeSet<&str> = labels
        .entries()
        .map(|(key, _)| key)
        .chain(expressions.items().map(|expression| expression.get("key").str()))
        .collect();
    for key in at.items() {
        meta::label_name(&key, errors);
        if used.contains(key.str()) {
            errors.push(key.invalid("exists in both matchLabelKeys and labelSelector"));
        }
    }
}
