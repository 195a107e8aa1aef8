//! The kinds that make pods from a template and keep them.
//!
//! Models `pkg/apis/apps/v1/defaults.go` and the ReplicationController of `pkg/apis/core/v1/defaults.go`.

use super::edit::{child, default, default_text, ensure, is_empty, items, text};
use super::{pod, storage};
use crate::base::{Fields, Value};

pub fn replication_controller(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default(spec, "replicas", 1);
    let mut labels = None;
    if let Some(template) = child(spec, "template") {
        pod::template(template);
        labels = template.get("metadata").and_then(|metadata| metadata.get("labels")).cloned();
    }
    let Some(labels) = labels.filter(|labels| !labels.is_null()) else { return };
    if is_empty(spec, "selector") {
        spec.insert("selector".to_owned(), labels.clone());
    }
    let metadata = ensure(object, "metadata");
    if is_empty(metadata, "labels") {
        metadata.insert("labels".to_owned(), labels);
    }
}

pub fn replica_set(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default(spec, "replicas", 1);
    pod::template(ensure(spec, "template"));
}

pub fn deployment(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default(spec, "replicas", 1);
    let strategy = ensure(spec, "strategy");
    default_text(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = ensure(strategy, "rollingUpdate");
        default(rolling, "maxUnavailable", "25%");
        default(rolling, "maxSurge", "25%");
    }
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "progressDeadlineSeconds", 600);
    pod::template(ensure(spec, "template"));
}

pub fn daemon_set(object: &mut Fields) {
    let spec = ensure(object, "spec");
    let strategy = ensure(spec, "updateStrategy");
    default_text(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = ensure(strategy, "rollingUpdate");
        default(rolling, "maxUnavailable", 1);
        default(rolling, "maxSurge", 0);
    }
    default(spec, "revisionHistoryLimit", 10);
    pod::template(ensure(spec, "template"));
}

pub fn stateful_set(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default_text(spec, "podManagementPolicy", "OrderedReady");
    let strategy = ensure(spec, "updateStrategy");
    if text(strategy, "type").is_empty() {
        strategy.insert("type".to_owned(), "RollingUpdate".into());
        ensure(strategy, "rollingUpdate");
    }
    if text(strategy, "type") == "RollingUpdate"
        && let Some(rolling) = child(strategy, "rollingUpdate")
    {
        default(rolling, "partition", 0);
    }
    let retention = ensure(spec, "persistentVolumeClaimRetentionPolicy");
    default_text(retention, "whenDeleted", "Retain");
    default_text(retention, "whenScaled", "Retain");
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "serviceName", "");
    pod::template(ensure(spec, "template"));
    for claim in items(spec, "volumeClaimTemplates") {
        claim.insert("apiVersion".to_owned(), Value::from("v1"));
        claim.insert("kind".to_owned(), Value::from("PersistentVolumeClaim"));
        ensure(claim, "metadata");
        storage::claim(claim);
    }
}
