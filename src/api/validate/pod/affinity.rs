//! Affinity to nodes and to other pods.

use crate::api::field_error::FieldError;
use crate::api::node::{GO_TEXT, GoShape, GoStruct, Node};
use crate::api::validate::selector::label_selector;
use crate::api::validate::{meta, text};
use std::collections::{BTreeMap, BTreeSet};

type Errors = Vec<FieldError>;

const REQUIREMENT: GoStruct =
    &[("Key", "key", GO_TEXT), ("Operator", "operator", GO_TEXT), ("Values", "values", GoShape::Plain)];
/// The fields of the internal `NodeSelectorTerm`.
pub const NODE_SELECTOR_TERM: GoStruct = &[
    ("MatchExpressions", "matchExpressions", GoShape::List(REQUIREMENT)),
    ("MatchFields", "matchFields", GoShape::List(REQUIREMENT)),
];
/// The fields of the internal `NodeSelector`.
pub const NODE_SELECTOR: GoStruct = &[("NodeSelectorTerms", "nodeSelectorTerms", GoShape::List(NODE_SELECTOR_TERM))];

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Models `validateAffinity`.
pub fn affinity(at: &Node, errors: &mut Errors) {
    let nodes = at.get("nodeAffinity");
    if nodes.get(REQUIRED).exists() {
        node_selector(&nodes.get(REQUIRED), errors);
    }
    for term in nodes.get(PREFERRED).items() {
        weight(&term.get("weight"), errors);
        // Invalid values are let through here: such a term only never counts.
        node_selector_term(&term.get("preference"), true, errors);
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        let pods = at.get(field);
        for term in pods.get(REQUIRED).items() {
            pod_term(&term, errors);
        }
        for term in pods.get(PREFERRED).items() {
            weight(&term.get("weight"), errors);
            pod_term(&term.get("podAffinityTerm"), errors);
        }
    }
}

fn weight(at: &Node, errors: &mut Errors) {
    if !(1..=100).contains(&at.int()) {
        errors.push(at.invalid_as(at.int(), "must be in the range 1-100"));
    }
}

/// Models `ValidateNodeSelector`.
pub fn node_selector(at: &Node, errors: &mut Errors) {
    let terms = at.get("nodeSelectorTerms");
    if terms.is_empty() {
        errors.push(terms.required("must have at least one node selector term"));
    }
    for term in terms.items() {
        node_selector_term(&term, false, errors);
    }
}

fn node_selector_term(term: &Node, allow_invalid_values: bool, errors: &mut Errors) {
    for requirement in term.get("matchExpressions").items() {
        let (operator, values) = (requirement.get("operator"), requirement.get("values"));
        match operator.str() {
            "In" | "NotIn" if values.is_empty() => {
                errors.push(values.required("must be specified when `operator` is 'In' or 'NotIn'"));
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                errors.push(values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
            }
            "Gt" | "Lt" if values.len() != 1 => {
                errors.push(values.required("must be specified single value when `operator` is 'Lt' or 'Gt'"));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => errors.push(operator.invalid_as(other, "not a valid selector operator")),
        }
        meta::label_name(&requirement.get("key"), errors);
        if !allow_invalid_values {
            for value in values.items() {
                meta::flaws(&value, text::label_value(value.str()), errors);
            }
        }
    }
    for requirement in term.get("matchFields").items() {
        let (operator, values, key) = (requirement.get("operator"), requirement.get("values"), requirement.get("key"));
        match operator.str() {
            "In" | "NotIn" if values.len() != 1 => errors.push(
                values.required("must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
            ),
            "In" | "NotIn" => {}
            other => errors.push(operator.invalid_as(other, "not a valid selector operator")),
        }
        if key.str() == "metadata.name" {
            for value in values.items() {
                meta::flaws(&value, text::dns_subdomain(value.str()), errors);
            }
        } else {
            errors.push(key.invalid_as(key.str(), "not a valid field selector key"));
        }
    }
}

/// Models `validatePodAffinityTerm`.
fn pod_term(term: &Node, errors: &mut Errors) {
    label_selector(&term.get("labelSelector"), errors);
    label_selector(&term.get("namespaceSelector"), errors);
    let namespaces = term.get("namespaces");
    for name in namespaces.strs() {
        errors.extend(text::dns_label(name).into_iter().map(|flaw| term.get("namespace").invalid_as(name, flaw)));
    }
    label_keys(term, errors);
    let key = term.get("topologyKey");
    if key.str().is_empty() {
        errors.push(key.required("can not be empty"));
    }
    meta::label_name(&key, errors);
}

/// Models `validateMatchLabelKeysAndMismatchLabelKeys`.
fn label_keys(term: &Node, errors: &mut Errors) {
    let selector = term.get("labelSelector");
    let (matching, mismatching) = (term.get("matchLabelKeys"), term.get("mismatchLabelKeys"));
    for list in [matching, mismatching] {
        if !list.is_empty() && !selector.exists() {
            errors.push(list.forbidden("must not be specified when labelSelector is not set"));
        } else {
            for key in list.items() {
                meta::label_name(&key, errors);
            }
        }
    }
    let places: BTreeMap<&str, usize> = matching.strs().enumerate().map(|(i, key)| (key, i)).collect();
    let mut seen: BTreeSet<&str> = selector.get("matchLabels").entries().map(|(key, _)| key).collect();
    for expression in selector.get("matchExpressions").items() {
        let key = expression.get("key").str();
        if let (Some(place), true) = (places.get(key), seen.contains(key)) {
            errors.push(term.index(*place).invalid_as(key, "exists in both matchLabelKeys and labelSelector"));
        }
        seen.insert(key);
    }
    for key in matching.items() {
        if mismatching.strs().any(|other| other == key.str()) {
            errors.push(key.invalid("exists in both matchLabelKeys and mismatchLabelKeys"));
        }
    }
}
