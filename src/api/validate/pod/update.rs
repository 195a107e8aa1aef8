//! What may change in a pod once it is there: next to nothing.

use super::affinity::NODE_SELECTOR_TERM;
use super::{annotations, metadata_and_spec, scheduling};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::internal;
use crate::api::node::Node;
use crate::api::validate::{Context, meta, text};
use crate::base::{Fields, Value, difference};

type Errors = Vec<FieldError>;

const UPDATABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Models `ValidatePodUpdate`.
pub fn update(new: &Node, old: &Node, context: &Context, errors: &mut Errors) {
    meta::update_strict(&new.get("metadata"), &old.get("metadata"), errors);
    metadata_and_spec(new, context, errors);
    let metadata = new.get("metadata");
    annotation_updates(&metadata.get("annotations"), &old.get("metadata").get("annotations"), errors);
    annotations::pod_annotations(&metadata.get("annotations"), &new.get("spec"), errors);
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    for list in ["containers", "initContainers"] {
        let (containers, old_containers) = (spec.get(list), old_spec.get(list));
        if containers.len() != old_containers.len() {
            errors.push(containers.forbidden("pod updates may not add or remove containers"));
            return;
        }
        for container in containers.items() {
            let image = container.get("image");
            if image.str().is_empty() {
                errors.push(image.required(""));
            }
            super::containers::only_for_pod(&container, errors);
        }
    }
    if !deadline(&spec.get("activeDeadlineSeconds"), &old_spec.get("activeDeadlineSeconds"), errors) {
        return;
    }
    added_tolerations(&spec.get("tolerations"), &old_spec.get("tolerations"), errors);
    removed_gates(&spec.get("schedulingGates"), &old_spec.get("schedulingGates"), errors);
    let (Some(new_fields), Some(old_fields)) = (spec.map(), old_spec.map()) else { return };
    if !old_spec.get("schedulingGates").is_empty() {
        gated(&spec, &old_spec, errors);
    }
    let masked = masked(new_fields, old_fields);
    if &masked != old_fields {
        let shown = |fields: &Fields| internal::pod_spec(&Value::Object(fields.clone()));
        let difference = difference::unified(&shown(old_fields), &shown(&masked));
        errors.push(spec.forbidden(format!("{UPDATABLE}\n{difference}")));
    }
}

fn annotation_updates(new: &Node, old: &Node, errors: &mut Errors) {
    for (key, value) in old.entries().filter(|(key, value)| new.key(key).text() != value.text()) {
        if key.starts_with("container.apparmor.security.beta.kubernetes.io/") {
            errors.push(new.key(key).forbidden("may not remove or update AppArmor annotations"));
        }
        if key == "kubernetes.io/config.mirror" && value.exists() {
            errors.push(new.key(key).forbidden("may not remove or update mirror pod annotation"));
        }
    }
    for (key, _) in new.entries().filter(|(key, _)| !old.key(key).exists()) {
        if key.starts_with("container.apparmor.security.beta.kubernetes.io/") {
            errors.push(new.key(key).forbidden("may not add AppArmor annotations"));
        }
        if key == "kubernetes.io/config.mirror" {
            errors.push(new.key(key).forbidden("may not add mirror pod annotation"));
        }
    }
}

/// Returns whether it makes sense to go on.
fn deadline(new: &Node, old: &Node, errors: &mut Errors) -> bool {
    match (new.number(), old.number()) {
        (Some(seconds), _) if !(0..=i64::from(i32::MAX)).contains(&seconds) => {
            errors.push(new.invalid(text::inclusive_range(0, i64::from(i32::MAX))));
            false
        }
        (Some(seconds), Some(before)) if before < seconds => {
            errors.push(new.invalid("must be less than or equal to previous value"));
            false
        }
        (None, Some(_)) => {
            errors.push(new.invalid("must not update from a positive integer to nil value"));
            true
        }
        _ => true,
    }
}

fn added_tolerations(new: &Node, old: &Node, errors: &mut Errors) {
    let without_seconds = |toleration: &Node| {
        let mut fields = toleration.map().cloned().unwrap_or_default();
        fields.remove("tolerationSeconds");
        fields
    };
    let kept: Vec<Fields> = new.items().map(|toleration| without_seconds(&toleration)).collect();
    if old.items().any(|toleration| !kept.contains(&without_seconds(&toleration))) {
        errors.push(new.forbidden("existing toleration can not be modified except its tolerationSeconds"));
        return;
    }
    scheduling::tolerations(new, errors);
}

fn removed_gates(new: &Node, old: &Node, errors: &mut Errors) {
    for gate in new.items() {
        let name = gate.get("name");
        if !old.items().any(|other| other.get("name").str() == name.str()) {
            let words = format!("only deletion is allowed, but found new scheduling gate '{}'", name.str());
            errors.push(name.forbidden(words));
        }
    }
}

/// The new spec with all that may change set back to what it was.
fn masked(new: &Fields, old: &Fields) -> Fields {
    let mut masked = new.clone();
    let mut restore = |field: &str| match old.get(field) {
        Some(value) => {
            masked.insert(field.to_owned(), value.clone());
        }
        None => {
            masked.remove(field);
        }
    };
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        restore(field);
    }
    let gated = old.get("schedulingGates").is_some_and(|gates| gates.as_array().is_some_and(|gates| !gates.is_empty()));
    if gated {
        restore("nodeSelector");
    }
    let grace = |fields: &Fields| fields.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
    if grace(old).is_some_and(|before| before < 0) && grace(new) == Some(1) {
        restore("terminationGracePeriodSeconds");
    }
    if gated {
        restore_node_affinity(&mut masked, old);
    }
    for list in ["containers", "initContainers"] {
        let before = old.get(list).and_then(Value::as_array);
        let Some(containers) = masked.get_mut(list).and_then(Value::as_array_mut) else { continue };
        for (container, before) in containers.iter_mut().zip(before.into_iter().flatten()) {
            if let (Some(fields), Some(image)) = (container.as_object_mut(), before.get("image")) {
                fields.insert("image".to_owned(), image.clone());
            }
        }
    }
    masked
}

/// Before its gates are gone, a pod may still be told to go to fewer nodes. Models `validateNodeSelectorMutation` and
/// `validateNodeAffinityMutation`.
fn gated(new: &Node, old: &Node, errors: &mut Errors) {
    let (selector, before) = (new.get("nodeSelector"), old.get("nodeSelector"));
    if before.entries().any(|(key, value)| selector.key(key).text() != value.text()) {
        errors.push(selector.invalid("only additions to spec.nodeSelector are allowed (no mutations or deletions)"));
    }
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let (affinity, old_affinity) = (new.get("affinity"), old.get("affinity"));
    let (affinity, old_affinity) = (affinity.get("nodeAffinity"), old_affinity.get("nodeAffinity"));
    let (required, old_required) = (affinity.get(REQUIRED), old_affinity.get(REQUIRED));
    let (terms, before) = (required.get("nodeSelectorTerms"), old_required.get("nodeSelectorTerms"));
    if before.is_empty() {
        return;
    }
    if terms.len() != before.len() {
        let shown: Vec<String> = terms.items().map(|term| term.go_struct(NODE_SELECTOR_TERM)).collect();
        let json = if terms.exists() { format!("[{}]", shown.join(",")) } else { "null".to_owned() };
        let words = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        errors.push(terms.with_json(FieldErrorKind::Invalid, &json, words));
        return;
    }
    for (term, old) in terms.items().zip(before.items()) {
        let kept = |field: &str| {
            let (list, before) = (term.get(field), old.get(field));
            before.len() <= list.len() && before.items().zip(list.items()).all(|(a, b)| a.value() == b.value())
        };
        let was_empty = old.get("matchExpressions").is_empty() && old.get("matchFields").is_empty();
        let is_empty = term.get("matchExpressions").is_empty() && term.get("matchFields").is_empty();
        if !kept("matchExpressions") || !kept("matchFields") || (was_empty && !is_empty) {
            let words = "only additions are allowed (no mutations or deletions)";
            errors.push(term.with_json(FieldErrorKind::Invalid, &term.go_struct(NODE_SELECTOR_TERM), words));
        }
    }
}

/// Sets the affinity to nodes back to what it was; without any other affinity, nothing is left of it.
fn restore_node_affinity(spec: &mut Fields, old: &Fields) {
    let before = old.get("affinity").and_then(|affinity| affinity.get("nodeAffinity")).cloned();
    let mut affinity = spec.get("affinity").and_then(Value::as_object).cloned().unwrap_or_default();
    match before {
        Some(before) => drop(affinity.insert("nodeAffinity".to_owned(), before)),
        None => drop(affinity.remove("nodeAffinity")),
    }
    if affinity.is_empty() && old.get("affinity").is_none() {
        spec.remove("affinity");
    } else {
        spec.insert("affinity".to_owned(), Value::Object(affinity));
    }
}
