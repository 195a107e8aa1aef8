//! What the ReplicaSet of a template looks like, and how to find it again.

use super::fenceposts;
use super::history::{self, DESIRED_REPLICAS, MAX_REPLICAS, REVISION, REVISION_HISTORY};
use crate::api::json::Json;
use crate::api::kinds::Kind;
use crate::api::meta::{Labels, Meta};
use crate::api::objects::pod::PodTemplate;
use crate::api::objects::workload::ReplicaSetSpec;
use crate::api::objects::{Deployment, ReplicaSet, controller_ref};
use crate::api::podhash::pod_template_hash;
use std::rc::Rc;

/// The label that tells the pods of one template from those of another.
pub const HASH_LABEL: &str = "pod-template-hash";

/// Whether two templates are the same but for the hash label.
///
/// Models `EqualIgnoreHash`.
pub fn same_template(a: &PodTemplate, b: &PodTemplate) -> bool {
    let without_hash = |template: &PodTemplate| {
        let mut meta = template.meta.clone();
        meta.labels.remove(HASH_LABEL);
        meta
    };
    (Rc::ptr_eq(&a.spec, &b.spec) || a.spec == b.spec) && without_hash(a) == without_hash(b)
}

/// The ReplicaSet of the Deployment's template: the oldest that has it.
///
/// Models `FindNewReplicaSet`.
pub fn find(deployment: &Deployment, oldest_first: &[ReplicaSet]) -> Option<usize> {
    oldest_first.iter().position(|rs| same_template(&rs.spec.template, &deployment.spec.template))
}

/// A ReplicaSet for the Deployment's template, with no replicas yet.
///
/// Models `getNewReplicaSet` of `pkg/controller/deployment/sync.go`.
pub fn build(deployment: &Deployment, revision: i64) -> ReplicaSet {
    let collisions = deployment.status.collision_count.and_then(|count| u32::try_from(count).ok());
    let hash = pod_template_hash(&deployment.spec.template.to_json(), collisions);
    let template = deployment.spec.template.with_label(HASH_LABEL, &hash);
    let mut selector = (*deployment.spec.selector).clone();
    selector.match_labels.insert(HASH_LABEL.into(), hash.as_str().into());
    let prefix = deployment.meta.name.get(..deployment.meta.name.len().min(253 - 1 - hash.len())).unwrap_or_default();
    let mut rs = ReplicaSet {
        meta: Meta {
            name: format!("{prefix}-{hash}").into(),
            namespace: deployment.meta.namespace.clone(),
            labels: template.meta.labels.clone(),
            owner_references: vec![controller_ref(Kind::DEPLOYMENT, &deployment.meta.name, &deployment.meta.uid)]
                .into(),
            ..Meta::default()
        },
        spec: ReplicaSetSpec {
            replicas: 0,
            min_ready_seconds: deployment.spec.min_ready_seconds,
            selector: Rc::new(selector),
            template: Rc::new(template),
            ..ReplicaSetSpec::default()
        },
        ..ReplicaSet::default()
    };
    annotate(deployment, &mut rs.meta.annotations, revision);
    annotate_sizes(deployment, &mut rs.meta.annotations);
    rs
}

/// Gives the new ReplicaSet the Deployment's annotations and at least the revision.
///
/// Models `SetNewReplicaSetAnnotations`.
pub fn annotate(deployment: &Deployment, annotations: &mut Labels, revision: i64) {
    for (key, value) in deployment.meta.annotations.iter().filter(|(key, _)| !history::stays(key)) {
        put(annotations, key, value);
    }
    let present = annotations.get(REVISION).cloned();
    if present.as_deref().is_some_and(|text| !text.is_empty() && text.parse::<i64>().is_err()) {
        return;
    }
    if history::revision(present.as_deref()) < revision {
        put(annotations, REVISION, &revision.to_string());
        if let Some(old) = present {
            let past = annotations.get(REVISION_HISTORY).cloned();
            put(annotations, REVISION_HISTORY, &history::remember(past.as_deref().unwrap_or_default(), &old));
        }
    }
}

/// Notes the Deployment's present size, by which scaling in the middle of a rollout finds its proportions.
///
/// Models `SetReplicasAnnotations`.
pub fn annotate_sizes(deployment: &Deployment, annotations: &mut Labels) {
    let wanted = deployment.spec.replicas;
    let surge = fenceposts::of_deployment(&deployment.spec).surge;
    put(annotations, DESIRED_REPLICAS, &wanted.to_string());
    put(annotations, MAX_REPLICAS, &wanted.saturating_add(surge).to_string());
}

/// Sets an annotation, leaving a map alone that has it so that it stays shared.
fn put(annotations: &mut Labels, key: &str, value: &str) {
    if annotations.get(key).is_none_or(|present| **present != *value) {
        annotations.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_only_rises_and_is_remembered() {
        let mut deployment = Deployment::default();
        deployment.meta.annotations.insert("team", "red");
        deployment.meta.annotations.insert(REVISION, "7");
        let mut annotations = Labels::default();
        let get = |annotations: &Labels, key: &str| annotations.get(key).map(ToString::to_string).unwrap_or_default();
        for (revision, expected, past) in [(1, "1", ""), (1, "1", ""), (3, "3", "1"), (2, "3", "1"), (5, "5", "1,3")] {
            annotate(&deployment, &mut annotations, revision);
            assert_eq!(get(&annotations, REVISION), expected);
            assert_eq!(get(&annotations, REVISION_HISTORY), past);
        }
        assert_eq!(get(&annotations, "team"), "red");
    }
}
