//! Deployments and ReplicaSets.

use super::{Text, pod_template};
use crate::api::json::Json;
use crate::api::kinds::Kind;
use crate::api::meta::Labels;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::workload::Condition;
use crate::api::objects::{Deployment, Object, Pod, ReplicaSet};
use crate::base::Order;
use crate::kubectl::client::{Client, Filter};
use std::rc::Rc;

/// The label that tells a ReplicaSet's pods from those of its siblings.
const HASH_LABEL: &str = "pod-template-hash";

/// Models `describeDeployment`.
pub(super) fn deployment(deployment: &Deployment, client: &mut Client<'_>, text: &mut Text) {
    let (meta, spec, status) = (&deployment.meta, &deployment.spec, &deployment.status);
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.field("CreationTimestamp", meta.creation_timestamp.unwrap_or_default().rfc1123z());
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.field("Selector", &spec.selector);
    text.field(
        "Replicas",
        format_args!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            spec.replicas,
            status.updated_replicas,
            status.replicas,
            status.available_replicas,
            status.unavailable_replicas
        ),
    );
    text.field("StrategyType", spec.strategy.kind);
    text.field("MinReadySeconds", spec.min_ready_seconds);
    if let Some(rolling) = &spec.strategy.rolling_update {
        let shown = |value: &Option<crate::api::objects::pod::IntOrString>| value.clone().unwrap_or_default();
        text.field(
            "RollingUpdateStrategy",
            format_args!(
                "{} max unavailable, {} max surge",
                shown(&rolling.max_unavailable),
                shown(&rolling.max_surge)
            ),
        );
    }
    pod_template(&spec.template.to_json(), text);
    conditions(&status.conditions, text);
    let (old, new) = replica_sets(deployment, client);
    if !old.is_empty() || new.is_some() {
        text.field("OldReplicaSets", names(old.iter()));
        text.field("NewReplicaSet", names(new.iter()));
    }
}

pub(super) fn conditions(conditions: &[Condition], text: &mut Text) {
    if conditions.is_empty() {
        return;
    }
    text.line(0, "Conditions:\n  Type\tStatus\tReason");
    text.line(1, "----\t------\t------");
    for condition in conditions {
        text.line(1, format_args!("{} \t{}\t{}", condition.kind, condition.status, condition.reason));
    }
}

/// The ReplicaSets of a Deployment that are not of its template, and the one that is.
fn replica_sets(deployment: &Deployment, client: &mut Client<'_>) -> (Vec<ReplicaSet>, Option<ReplicaSet>) {
    let listed = client.list(Kind::REPLICA_SET, &deployment.meta.namespace, Filter::default()).unwrap_or_default();
    let mut own: Vec<ReplicaSet> = listed
        .iter()
        .filter_map(|object| ReplicaSet::of(object))
        .filter(|rs| rs.meta.controller().is_some_and(|owner| owner.uid == deployment.meta.uid))
        .cloned()
        .collect();
    own.order_by_key(|rs| rs.meta.creation_timestamp);
    let template = &deployment.spec.template;
    let same = |rs: &ReplicaSet| {
        let without_hash = |labels: &Labels| {
            let mut labels = labels.clone();
            labels.remove(HASH_LABEL);
            labels
        };
        let other = &rs.spec.template;
        other.spec == template.spec
            && other.meta.annotations == template.meta.annotations
            && without_hash(&other.meta.labels) == without_hash(&template.meta.labels)
    };
    let new = own.iter().position(same).map(|place| own.remove(place));
    (own, new)
}

fn names<'a>(sets: impl Iterator<Item = &'a ReplicaSet>) -> String {
    let text =
        |rs: &ReplicaSet| format!("{} ({}/{} replicas created)", rs.meta.name, rs.status.replicas, rs.spec.replicas);
    let names: Vec<String> = sets.map(text).collect();
    if names.is_empty() { "<none>".to_owned() } else { names.join(", ") }
}

/// Models `describeReplicaSet`.
pub(super) fn replica_set(rs: &ReplicaSet, client: &mut Client<'_>, text: &mut Text) {
    let meta = &rs.meta;
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.field("Selector", &rs.spec.selector);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
    text.controller(meta);
    text.field("Replicas", format_args!("{} current / {} desired", rs.status.replicas, rs.spec.replicas));
    let pods: Vec<Rc<Object>> = client.list(Kind::POD, &meta.namespace, Filter::default()).unwrap_or_default();
    let count = |phase: PodPhase| {
        let own = pods.iter().filter_map(|object| Pod::of(object)).filter(|pod| {
            rs.spec.selector.matches(&pod.meta.labels)
                && pod.meta.controller().is_some_and(|owner| owner.uid == meta.uid)
        });
        own.filter(|pod| pod.status.phase == phase).count()
    };
    text.field(
        "Pods Status",
        format_args!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            count(PodPhase::Running),
            count(PodPhase::Pending),
            count(PodPhase::Succeeded),
            count(PodPhase::Failed)
        ),
    );
    pod_template(&rs.spec.template.to_json(), text);
    conditions(&rs.status.conditions, text);
}
