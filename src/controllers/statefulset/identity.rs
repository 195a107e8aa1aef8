//! What a pod of a StatefulSet is called and carries, and what its claims look like.

use crate::api::kinds::Kind;
use crate::api::meta::{Labels, Meta};
use crate::api::objects::sets::{ClaimPolicy, ClaimRetention};
use crate::api::objects::{Object, Pod, PodTemplate, StatefulSet, controller_ref};
use crate::base::{Str, Value};
use crate::controllers::owned;
use crate::controllers::revision::HASH_LABEL;
use serde_json::json;
use std::rc::Rc;

/// The label with the pod's name.
pub const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
/// The label with the pod's ordinal.
pub const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// The ordinal in the name of a pod of the set: `web-3` has 3.
///
/// Models `getParentNameAndOrdinal`.
pub fn ordinal(set: &str, pod: &str) -> Option<i32> {
    let digits = pod.strip_prefix(set)?.strip_prefix('-')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// The pod with an ordinal.
///
/// Models `newVersionedStatefulSetPod`, `initIdentity` and `updateStorage` of `stateful_set_utils.go`.
pub fn pod(set: &StatefulSet, template: &PodTemplate, revision: &Str, ordinal: i32) -> Pod {
    let mut pod = owned::pod_of(template, Kind::STATEFUL_SET, &set.meta);
    let name = Str::from(format!("{}-{ordinal}", set.meta.name));
    pod.meta.name = name.clone();
    pod.meta.labels.insert(POD_NAME_LABEL, name.clone());
    pod.meta.labels.insert(POD_INDEX_LABEL, ordinal.to_string());
    pod.meta.labels.insert(HASH_LABEL, revision.clone());
    let mut spec = (*pod.spec).clone();
    spec.hostname = name;
    spec.subdomain = set.spec.service_name.clone();
    let claims = set.spec.volume_claim_templates.iter().filter_map(|claim| claim.pointer("/metadata/name")?.as_str());
    let claims: Vec<&str> = claims.collect();
    let own = claims
        .iter()
        .map(|claim| json!({"name": claim, "persistentVolumeClaim": {"claimName": claim_name(set, claim, ordinal)}}));
    let others = spec.volumes.iter().filter(|volume| {
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        !claims.contains(&name)
    });
    spec.volumes = own.chain(others.cloned()).collect();
    pod.spec = Rc::new(spec);
    pod
}

fn claim_name(set: &StatefulSet, claim: &str, ordinal: i32) -> String {
    format!("{claim}-{}-{ordinal}", set.meta.name)
}

/// Whether a pod has the name and labels that belong together.
///
/// Models `identityMatches`.
pub fn identity_matches(pod: &Pod, ordinal: i32) -> bool {
    let label = |name: &str| pod.meta.labels.get(name);
    label(POD_NAME_LABEL) == Some(&pod.meta.name)
        && label(POD_INDEX_LABEL).is_some_and(|label| **label == *ordinal.to_string())
}

/// The claims of a pod.
///
/// Models `getPersistentVolumeClaims`.
pub fn claims(set: &StatefulSet, ordinal: i32) -> Vec<Object> {
    let claim = |template: &Value| {
        let mut object = Object::from_value(Kind::PERSISTENT_VOLUME_CLAIM, template.clone())?;
        let meta = object.meta_mut();
        meta.name = claim_name(set, &meta.name, ordinal).into();
        meta.namespace = set.meta.namespace.clone();
        let mut labels: Labels = meta.labels.clone();
        for (key, value) in &set.spec.selector.match_labels {
            labels.insert(key.clone(), value.clone());
        }
        meta.labels = labels;
        Some(object)
    };
    set.spec.volume_claim_templates.iter().filter_map(claim).collect()
}

/// Who owns the claim of a pod, so that it goes with its owner: the set, the pod when its ordinal is not wanted, or nobody.
///
/// Models `updateClaimOwnerRefForSetAndPod`.
pub fn claim_owner(set: &StatefulSet, pod: &Meta, condemned: bool) -> Option<crate::api::meta::OwnerReference> {
    let keep = ClaimRetention::default();
    let retention = set.spec.retention.as_ref().unwrap_or(&keep);
    let plain = |kind: Kind, meta: &Meta| crate::api::meta::OwnerReference {
        block_owner_deletion: None,
        ..controller_ref(kind, &meta.name, &meta.uid)
    };
    match (retention.when_scaled, retention.when_deleted) {
        (ClaimPolicy::Delete, _) if condemned => Some(plain(Kind::POD, pod)),
        (_, ClaimPolicy::Delete) => Some(controller_ref(Kind::STATEFUL_SET, &set.meta.name, &set.meta.uid)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;

    #[test]
    fn ordinals() {
        let table = [
            ("web", "web-0", Some(0)),
            ("web", "web-12", Some(12)),
            ("web", "web-", None),
            ("web", "web-a", None),
            ("web", "web-1-2", None),
            ("web", "web-+1", None),
            ("web-1", "web-1-2", Some(2)),
            ("web", "other-1", None),
            ("web", "web-99999999999", None),
        ];
        for (set, pod, expected) in table {
            assert_eq!(ordinal(set, pod), expected, "{set} {pod}");
        }
    }

    #[test]
    fn a_pod_has_its_identity_and_its_claims() {
        let set = StatefulSet::from_json(json!({
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {
                "serviceName": "svc", "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [], "volumes": [
                    {"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}},
                ]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}],
            },
        }))
        .unwrap();
        let pod = pod(&set, &set.spec.template, &"web-abc".into(), 3);
        assert!(identity_matches(&pod, 3) && !identity_matches(&pod, 2));
        assert_eq!((&*pod.spec.hostname, &*pod.spec.subdomain), ("web-3", "svc"));
        assert_eq!(pod.spec.volumes[0]["persistentVolumeClaim"]["claimName"], "data-web-3");
        assert_eq!(pod.spec.volumes[1]["name"], "tmp");
        let claims = claims(&set, 3);
        assert_eq!(&*claims[0].meta().name, "data-web-3");
        assert_eq!(claims[0].meta().labels.get("app").map(|value| &**value), Some("web"));
    }
}
