//! The kinds that make pods from a template and keep them: ReplicationController, ReplicaSet, Deployment, DaemonSet,
//! StatefulSet.
//!
//! Models `pkg/apis/apps/validation/validation.go`.

use super::intstr::{amount, at_most_100_percent, int_or_percent};
use super::meta::not_negative;
use super::selector::{self, label_selector};
use super::{Context, pod};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::{GO_TEXT, GoShape, GoStruct, Node};
use crate::base::{Fields, Value};

type Errors = Vec<FieldError>;

const MISMATCH: &str = "`selector` does not match template `labels`";

/// Models `ValidateReplicationControllerSpec`.
pub fn replication_controller(object: &Node, context: &Context, errors: &mut Errors) {
    let spec = object.get("spec");
    not_negative(&spec.get("minReadySeconds"), errors);
    let selector = spec.get("selector");
    if selector.is_empty() {
        errors.push(selector.required(""));
    }
    not_negative(&spec.get("replicas"), errors);
    let template = spec.get("template");
    if !template.exists() {
        errors.push(template.required(""));
        return;
    }
    let metadata = template.get("metadata");
    let labels = metadata.get("labels");
    if selector.entries().any(|(key, value)| labels.key(key).text() != Some(value.str())) {
        errors.push(labels.invalid(MISMATCH));
    }
    pod::template(&template, context, errors);
    always_restart(&template, "ReplicationController", errors);
}

/// The restart policy of pods that are kept: only `Always`, and no deadline.
fn always_restart(template: &Node, kind: &str, errors: &mut Errors) {
    let spec = template.get("spec");
    let policy = spec.get("restartPolicy");
    if policy.str() != "Always" {
        errors.push(policy.unsupported(&["Always"]));
    }
    let deadline = spec.get("activeDeadlineSeconds");
    if deadline.exists() {
        errors.push(deadline.forbidden(format!("activeDeadlineSeconds in {kind} is not Supported")));
    }
}

/// A required selector. Models what `ValidateReplicaSetSpec`, `ValidateDeploymentSpec` and `ValidateStatefulSetSpec` have
/// in common; `empty` ends the sentence about empty selectors.
fn required_selector(at: &Node, empty: &str, errors: &mut Errors) {
    if !at.exists() {
        errors.push(at.required(""));
        return;
    }
    label_selector(at, errors);
    if selector::is_unconstrained(at) {
        errors.push(selector::invalid(at, &format!("empty selector is invalid for {empty}")));
    }
}

/// Whether the template's labels are not what the selector asks for. An empty selector is reported elsewhere.
fn labels_mismatch(selector: &Node, labels: &Node) -> bool {
    let unconstrained = selector.exists() && selector::is_unconstrained(selector);
    !unconstrained && !selector::matches(selector, labels)
}

/// Models `ValidatePodTemplateSpecForReplicaSet`.
fn template_for_replica_set(spec: &Node, context: &Context, errors: &mut Errors) {
    let (at, template) = (spec.get("selector"), spec.get("template"));
    if !selector::is_usable(&at) {
        errors.push(selector::invalid(&at, "invalid label selector"));
        return;
    }
    let metadata = template.get("metadata");
    if labels_mismatch(&at, &metadata.get("labels")) {
        errors.push(metadata.get("labels").invalid(MISMATCH));
    }
    pod::template(&template, context, errors);
    always_restart(&template, "ReplicaSet", errors);
}

/// Models `ValidateReplicaSetSpec`.
pub fn replica_set(object: &Node, context: &Context, errors: &mut Errors) {
    let spec = object.get("spec");
    not_negative(&spec.get("replicas"), errors);
    not_negative(&spec.get("minReadySeconds"), errors);
    // Upstream says "deployment" here, too.
    required_selector(&spec.get("selector"), "deployment", errors);
    template_for_replica_set(&spec, context, errors);
}

/// Models `ValidateDeploymentSpec`.
pub fn deployment(object: &Node, context: &Context, errors: &mut Errors) {
    let spec = object.get("spec");
    not_negative(&spec.get("replicas"), errors);
    required_selector(&spec.get("selector"), "deployment", errors);
    template_for_replica_set(&spec, context, errors);
    deployment_strategy(&spec.get("strategy"), errors);
    not_negative(&spec.get("minReadySeconds"), errors);
    not_negative(&spec.get("revisionHistoryLimit"), errors);
    let deadline = spec.get("progressDeadlineSeconds");
    if let Some(seconds) = deadline.number() {
        not_negative(&deadline, errors);
        if seconds <= spec.get("minReadySeconds").int() {
            errors.push(deadline.invalid("must be greater than minReadySeconds"));
        }
    }
}

/// Models `ValidateDeploymentStrategy`.
fn deployment_strategy(at: &Node, errors: &mut Errors) {
    let rolling = at.get("rollingUpdate");
    match at.get("type").str() {
        "Recreate" => {
            if rolling.exists() {
                errors.push(rolling.forbidden("may not be specified when strategy `type` is 'Recreate'"));
            }
        }
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
            int_or_percent(&unavailable, errors);
            int_or_percent(&surge, errors);
            if amount(&unavailable) == 0 && amount(&surge) == 0 {
                errors.push(unavailable.invalid("may not be 0 when `maxSurge` is 0"));
            }
            at_most_100_percent(&unavailable, errors);
        }
        _ => errors.push(unsupported_strategy(at, &["Recreate", "RollingUpdate"])),
    }
}

/// The fields of the internal strategies of Deployments and DaemonSets.
const STRATEGY: GoStruct = &[
    ("Type", "type", GO_TEXT),
    (
        "RollingUpdate",
        "rollingUpdate",
        GoShape::Struct(&[
            ("MaxUnavailable", "maxUnavailable", GoShape::Zero("0")),
            ("MaxSurge", "maxSurge", GoShape::Zero("0")),
        ]),
    ),
];
/// The fields of the internal `RollingUpdateStatefulSetStrategy`.
const SET_ROLLING: GoStruct =
    &[("Partition", "partition", GoShape::Zero("0")), ("MaxUnavailable", "maxUnavailable", GoShape::Plain)];
/// The fields of the internal `StatefulSetUpdateStrategy`.
const SET_STRATEGY: GoStruct =
    &[("Type", "type", GO_TEXT), ("RollingUpdate", "rollingUpdate", GoShape::Struct(SET_ROLLING))];

/// Upstream prints the whole strategy, as its internal type.
fn unsupported_strategy(at: &Node, supported: &[&str]) -> FieldError {
    let quoted: Vec<String> = supported.iter().map(|word| format!("\"{word}\"")).collect();
    let detail = format!("supported values: {}", quoted.join(", "));
    at.with_json(FieldErrorKind::NotSupported, &at.go_struct(STRATEGY), &detail)
}

/// Models `ValidateDaemonSetSpec`.
pub fn daemon_set(object: &Node, context: &Context, errors: &mut Errors) {
    let spec = object.get("spec");
    let (at, template) = (spec.get("selector"), spec.get("template"));
    label_selector(&at, errors);
    let metadata = template.get("metadata");
    if selector::is_usable(&at) && !selector::matches(&at, &metadata.get("labels")) {
        errors.push(metadata.get("labels").invalid(MISMATCH));
    }
    if at.exists() && selector::is_unconstrained(&at) {
        errors.push(selector::invalid(&at, "empty selector is invalid for daemonset"));
    }
    pod::template(&template, context, errors);
    always_restart(&template, "DaemonSet", errors);
    not_negative(&spec.get("minReadySeconds"), errors);
    daemon_set_strategy(&spec.get("updateStrategy"), errors);
    not_negative(&spec.get("revisionHistoryLimit"), errors);
}

/// Models `ValidateDaemonSetUpdateStrategy`.
fn daemon_set_strategy(at: &Node, errors: &mut Errors) {
    let rolling = at.get("rollingUpdate");
    match at.get("type").str() {
        "OnDelete" => {}
        "RollingUpdate" => {
            if !rolling.exists() {
                errors.push(rolling.required(""));
                return;
            }
            let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
            for at in [&unavailable, &surge] {
                int_or_percent(at, errors);
            }
            for at in [&unavailable, &surge] {
                at_most_100_percent(at, errors);
            }
            match (amount(&unavailable) != 0, amount(&surge) != 0) {
                (true, true) => errors.push(surge.invalid("may not be set when maxUnavailable is non-zero")),
                (false, false) => errors.push(unavailable.required("cannot be 0 when maxSurge is 0")),
                _ => {}
            }
        }
        _ => errors.push(unsupported_strategy(at, &["RollingUpdate", "OnDelete"])),
    }
}

/// Models `ValidateStatefulSetSpec`.
pub fn stateful_set(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    let management = spec.get("podManagementPolicy");
    match management.str() {
        "" => errors.push(management.required("")),
        "OrderedReady" | "Parallel" => {}
        _ => errors.push(management.invalid("must be 'OrderedReady' or 'Parallel'")),
    }
    stateful_set_strategy(&spec.get("updateStrategy"), errors);
    let retention = spec.get("persistentVolumeClaimRetentionPolicy");
    if retention.exists() {
        for field in ["whenDeleted", "whenScaled"] {
            let policy = retention.get(field);
            if !matches!(policy.str(), "Retain" | "Delete") {
                errors.push(policy.unsupported(&["Retain", "Delete"]));
            }
        }
    }
    not_negative(&spec.get("replicas"), errors);
    not_negative(&spec.get("minReadySeconds"), errors);
    let ordinals = spec.get("ordinals");
    if ordinals.get("start").int() < 0 {
        errors.push(
            spec.get("ordinals.start").invalid_as(ordinals.get("start").int(), "must be greater than or equal to 0"),
        );
    }
    let at = spec.get("selector");
    required_selector(&at, "statefulset", errors);
    let template = spec.get("template");
    if selector::is_usable(&at) {
        let metadata = template.get("metadata");
        if labels_mismatch(&at, &metadata.get("labels")) {
            errors.push(metadata.get("labels").invalid(MISMATCH));
        }
        // The template's pod spec is not looked at before a pod is made of it.
        pod::template_metadata(&template, errors);
    } else {
        errors.push(selector::invalid(&at, ""));
    }
    always_restart(&template, "StatefulSet", errors);
}

fn stateful_set_strategy(at: &Node, errors: &mut Errors) {
    let rolling = at.get("rollingUpdate");
    match at.get("type").str() {
        "" => errors.push(at.required("")),
        "OnDelete" => {
            if rolling.exists() {
                let json = rolling.go_struct(SET_ROLLING);
                let words = "only allowed for updateStrategy 'RollingUpdate'";
                errors.push(rolling.with_json(FieldErrorKind::Invalid, &json, words));
            }
        }
        "RollingUpdate" => {
            not_negative(&rolling.get("partition"), errors);
            let unavailable = rolling.get("maxUnavailable");
            if unavailable.exists() {
                int_or_percent(&unavailable, errors);
                if amount(&unavailable) == 0 {
                    errors.push(unavailable.invalid("cannot be 0"));
                }
                at_most_100_percent(&unavailable, errors);
            }
        }
        _ => errors.push(at.with_json(
            FieldErrorKind::Invalid,
            &at.go_struct(SET_STRATEGY),
            "must be 'RollingUpdate' or 'OnDelete'",
        )),
    }
}

/// Models `ValidateStatefulSetUpdate`.
pub fn stateful_set_update(new: &Node, old: &Node, errors: &mut Errors) {
    const MUTABLE: [&str; 7] = [
        "replicas",
        "template",
        "updateStrategy",
        "minReadySeconds",
        "ordinals",
        "persistentVolumeClaimRetentionPolicy",
        "revisionHistoryLimit",
    ];
    stateful_set(new, errors);
    let fixed = |spec: &Node| -> Fields {
        let fields = spec.map().into_iter().flatten().filter(|(name, _)| !MUTABLE.contains(&name.as_str()));
        fields.map(|(name, value): (&String, &Value)| (name.clone(), value.clone())).collect()
    };
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    if fixed(&spec) != fixed(&old_spec) {
        errors.push(spec.forbidden("updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
    }
}

/// The selector of these kinds can never change. Models the strategies' `ValidateUpdate` of `pkg/registry/apps`.
pub fn selector_unchanged(new: &Node, old: &Node, errors: &mut Errors) {
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    let (selector, before) = (spec.get("selector"), old_spec.get("selector"));
    if selector.value() != before.value() {
        errors.push(selector::invalid(&selector, "field is immutable"));
    }
}

/// Models `ValidateControllerRevision`.
pub fn controller_revision(object: &Node, errors: &mut Errors) {
    if !object.get("data").exists() {
        errors.push(object.get("data").required("data is mandatory"));
    }
    not_negative(&object.get("revision"), errors);
}
