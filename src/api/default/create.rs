//! The last step before a new object is validated: its status is the server's, and some fields follow from others.
//!
//! Models the strategies' `PrepareForCreate` of `pkg/registry`.

use super::batch;
use super::edit::{default, ensure, items};
use super::qos::qos_class;
use crate::base::{Fields, Value};
use serde_json::json;

/// Kinds whose objects count their changes.
const WITH_GENERATION: [&str; 16] = [
    "Pod",
    "PodTemplate",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "Job",
    "CronJob",
    "PodDisruptionBudget",
    "NetworkPolicy",
    "Ingress",
    "IngressClass",
    "EndpointSlice",
    "PriorityClass",
    "HorizontalPodAutoscaler",
];

/// Prepares a new object that has its defaults, and whose system fields (`uid`, `name`, `namespace`) are set.
pub fn prepare_for_create(kind: &str, group_version: &str, object: &mut Value) {
    if kind == "Pod" {
        pod(object);
    }
    let Some(fields) = object.as_object_mut() else { return };
    if let Some(status) = initial_status(kind, group_version) {
        fields.insert("status".to_owned(), status);
    }
    match kind {
        "CustomResourceDefinition" => definition(fields),
        "Namespace" => namespace(fields),
        "Job" => job(fields),
        "DaemonSet" => {
            let annotations = ensure(ensure(fields, "metadata"), "annotations");
            annotations.insert("deprecated.daemonset.template.generation".to_owned(), "1".into());
        }
        "StatefulSet" => {
            for claim in items(ensure(fields, "spec"), "volumeClaimTemplates") {
                claim.insert("status".to_owned(), json!({"phase": "Pending"}));
            }
        }
        _ => {}
    }
    if WITH_GENERATION.contains(&kind) {
        ensure(fields, "metadata").insert("generation".to_owned(), 1.into());
    }
}

/// A definition starts with the version in which objects are stored, and without names.
///
/// Models `apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go`.
fn definition(object: &mut Fields) {
    let versions = object.get("spec").and_then(|spec| spec.get("versions")?.as_array()).into_iter().flatten();
    let stored: Vec<Value> =
        versions.filter(|version| version["storage"] == true).take(1).map(|version| version["name"].clone()).collect();
    let names = json!({"kind": "", "plural": ""});
    let status = json!({"acceptedNames": names, "conditions": null, "storedVersions": stored});
    object.insert("status".to_owned(), status);
}

/// The status that a new object gets whatever the user wrote; `None` for kinds that keep theirs or have none.
fn initial_status(kind: &str, group_version: &str) -> Option<Value> {
    Some(match kind {
        "Service" | "Ingress" => json!({"loadBalancer": {}}),
        "Deployment" | "Job" | "CronJob" | "ResourceQuota" => json!({}),
        "ReplicaSet" | "ReplicationController" => json!({"replicas": 0}),
        "StatefulSet" => json!({"replicas": 0, "availableReplicas": 0}),
        "DaemonSet" => json!({
            "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
        }),
        "HorizontalPodAutoscaler" if group_version == "autoscaling/v1" => {
            json!({"currentReplicas": 0, "desiredReplicas": 0})
        }
        "HorizontalPodAutoscaler" => json!({"currentMetrics": null, "desiredReplicas": 0}),
        "PodDisruptionBudget" => {
            json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0})
        }
        "Namespace" => json!({"phase": "Active"}),
        "PersistentVolume" | "PersistentVolumeClaim" => json!({"phase": "Pending"}),
        _ => return None,
    })
}

fn pod(object: &mut Value) {
    let class = qos_class(object);
    let Some(fields) = object.as_object_mut() else { return };
    let spec = ensure(fields, "spec");
    let grace = spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
    if grace.is_some_and(|seconds| seconds < 0) {
        spec.insert("terminationGracePeriodSeconds".to_owned(), 1.into());
    }
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            ensure(container, "resources");
        }
    }
    let gated = spec.get("schedulingGates").and_then(Value::as_array).is_some_and(|gates| !gates.is_empty());
    let mut status = json!({"phase": "Pending", "qosClass": class});
    if gated && let Some(status) = status.as_object_mut() {
        let condition = json!({
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        });
        status.insert("conditions".to_owned(), json!([condition]));
    }
    fields.insert("status".to_owned(), status);
}

fn namespace(object: &mut Fields) {
    let spec = ensure(object, "spec");
    let finalizers = spec.entry("finalizers").or_insert_with(|| json!([]));
    if let Some(list) = finalizers.as_array_mut()
        && !list.iter().any(|finalizer| finalizer == "kubernetes")
    {
        list.push("kubernetes".into());
    }
}

/// Models `generateSelector` of `pkg/registry/batch/job/strategy.go`, and then what `SetDefaults_Job` does to the labels.
fn job(object: &mut Fields) {
    let metadata = ensure(object, "metadata");
    let word = |field: &str| metadata.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (uid, name) = (word("uid"), word("name"));
    let spec = ensure(object, "spec");
    if spec.get("manualSelector").and_then(Value::as_bool) != Some(true) {
        let labels = ensure(ensure(ensure(spec, "template"), "metadata"), "labels");
        for (key, value) in [
            ("batch.kubernetes.io/controller-uid", &uid),
            ("batch.kubernetes.io/job-name", &name),
            ("controller-uid", &uid),
            ("job-name", &name),
        ] {
            default(labels, key, value.as_str());
        }
        let labels = ensure(ensure(spec, "selector"), "matchLabels");
        default(labels, "batch.kubernetes.io/controller-uid", uid.as_str());
    }
    batch::labels_from_template(object);
}
