//! ControllerRevisions: the remembered templates of DaemonSets and StatefulSets.
//!
//! Models `pkg/controller/history/controller_history.go` and `pkg/controller/daemon/update.go`.

use crate::api::json::{Json, Rest};
use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Labels, Meta};
use crate::api::objects::{ControllerRevision, PodTemplate, controller_ref};
use crate::apiserver::{Options, Reason, Result, Store};
use crate::base::Order;
use crate::base::Value;
use crate::base::hash::safe_encode;
use crate::base::text::go_json;
use crate::controllers::runtime::Context;
use serde_json::json;
use std::rc::Rc;

/// The label of a pod that names its revision: a DaemonSet's pods have the hash, a StatefulSet's the revision's name.
pub const HASH_LABEL: &str = "controller-revision-hash";
/// The label that a StatefulSet's revisions have.
pub const REVISION_HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// The longest part of a set's name that stands in a revision's name.
const PREFIX: usize = 223;

/// What is remembered of a template: a patch that puts it back.
pub fn patch(template: &PodTemplate) -> Value {
    let mut template = template.to_json();
    if let Value::Object(fields) = &mut template {
        fields.insert("$patch".to_owned(), "replace".into());
    }
    json!({"spec": {"template": template}})
}

/// The template that a revision puts back.
pub fn template(revision: &ControllerRevision) -> Option<PodTemplate> {
    let mut template = revision.data.as_deref()?.pointer("/spec/template")?.clone();
    template.as_object_mut()?.remove("$patch");
    PodTemplate::from_json(template)
}

/// The hash of a StatefulSet's template, which is not that of a Deployment's: FNV-1 over the patch and the collisions.
///
/// Models `HashControllerRevision`.
pub fn hash(patch: &Value, collisions: i32) -> String {
    safe_encode(&fnv1(format!("{}{collisions}", go_json(patch)).as_bytes()).to_string())
}

/// FNV-1 over 32 bits: unlike FNV-1a it multiplies first.
fn fnv1(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte))
}

/// `web` and `5d8f8d8b6c` make `web-5d8f8d8b6c`.
pub fn name(set: &str, hash: &str) -> String {
    format!("{}-{hash}", set.get(..set.len().min(PREFIX)).unwrap_or_default())
}

/// The revisions of a set, the lowest number first.
pub fn list(owner: &Meta, store: &Store) -> Vec<ControllerRevision> {
    let own = store.owned_by(&owner.uid).filter_map(|object| ControllerRevision::of(object));
    let mut revisions: Vec<ControllerRevision> = own.cloned().collect();
    revisions.order_by(|a, b| {
        let key = |r: &ControllerRevision| (r.revision, r.meta.creation_timestamp, r.meta.name.clone());
        key(a).cmp(&key(b))
    });
    revisions
}

/// A new revision of a set, with `hash` under `label`.
pub fn build(
    (kind, owner): (Kind, &Meta),
    template: &PodTemplate,
    (label, hash): (&str, &str),
    data: Value,
    revision: i64,
) -> ControllerRevision {
    let mut labels: Labels = template.meta.labels.clone();
    labels.insert(label, hash);
    ControllerRevision {
        meta: Meta {
            name: name(&owner.name, hash).into(),
            namespace: owner.namespace.clone(),
            labels,
            annotations: owner.annotations.clone(),
            owner_references: vec![controller_ref(kind, &owner.name, &owner.uid)].into(),
            ..Meta::default()
        },
        data: Some(Rc::new(data)),
        revision,
        rest: Rest::default(),
    }
}

/// Deletes the oldest revisions beyond the limit. `live` ones are not deleted.
pub fn forget<'a>(
    revisions: impl Iterator<Item = &'a ControllerRevision>,
    surplus: usize,
    live: impl Fn(&ControllerRevision) -> bool,
    context: &mut Context<'_>,
) -> Result<()> {
    let doomed: Vec<&ControllerRevision> = revisions.filter(|revision| !live(revision)).take(surplus).collect();
    for revision in doomed {
        let key = Key::new(Kind::CONTROLLER_REVISION, revision.meta.namespace.clone(), revision.meta.name.clone());
        match context.api.delete(&key, Options::default()) {
            Err(status) if status.reason != Reason::NotFound => return Err(status),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_names() {
        for (text, expected) in [("", 0x811c_9dc5), ("a", 0x050c_5d7e), ("foobar", 0x31f0_b262)] {
            assert_eq!(fnv1(text.as_bytes()), expected, "{text}");
        }
        assert_ne!(hash(&json!({}), 0), hash(&json!({}), 1));
        assert_eq!(name("web", "abc"), "web-abc");
        assert_eq!(name(&"x".repeat(300), "abc").len(), 227);
    }

    #[test]
    fn a_patch_puts_the_template_back() {
        let template_json = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x", "imagePullPolicy": "Always", "resources": {}}], "restartPolicy": "Always"}});
        let before = PodTemplate::from_json(template_json).unwrap();
        let meta = Meta { name: "s".into(), ..Meta::default() };
        let revision = build((Kind::STATEFUL_SET, &meta), &before, (HASH_LABEL, "h"), patch(&before), 1);
        assert_eq!(template(&revision).unwrap(), before);
    }
}
