//! ControllerRevisions: the remembered templates of DaemonSets and StatefulSets.
//!
//! Models `pkg/controller/history`.

use super::workload::Workload;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, controller_ref};
use crate::apiserver::{Options, Result};
use crate::base::hash::safe_encode;
use crate::base::text::go_json;
use crate::base::{Str, Value};
use crate::controllers::runtime::Context;
use serde_json::json;
use std::rc::Rc;

/// A remembered template.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The name of its object.
    pub name: Str,
    /// Its number.
    pub number: i64,
    object: Rc<Object>,
}

/// What is remembered of a template: a patch that puts it back.
pub fn patch(workload: &Workload) -> Value {
    let mut template = workload.field("/spec/template").cloned().unwrap_or_default();
    if let Value::Object(fields) = &mut template {
        fields.insert("$patch".to_owned(), "replace".into());
    }
    json!({"spec": {"template": template}})
}

/// The hash of a StatefulSet's template, which is not that of a Deployment's: FNV-1 over the patch and the collisions.
///
/// Models `HashControllerRevision`.
pub fn hash(patch: &Value, collisions: i64) -> String {
    let text = format!("{}{collisions}", go_json(patch));
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte));
    safe_encode(&hash.to_string())
}

/// The revisions of a workload, oldest first.
pub fn list(workload: &Workload, context: &Context<'_>) -> Vec<Revision> {
    let owned = context.api.store().owned_by(&workload.meta().uid);
    let mut revisions: Vec<Revision> = owned
        .filter(|object| object.kind() == Kind::CONTROLLER_REVISION)
        .map(|object| Revision {
            name: object.meta().name.clone(),
            number: object.to_value().get("revision").and_then(Value::as_i64).unwrap_or(0),
            object: object.clone(),
        })
        .collect();
    revisions.sort_by_key(|revision| revision.number);
    revisions
}

/// Makes sure that the present template is remembered, as the newest; `hash` names it. Forgets what is beyond the limit and
/// not in `used`. Returns the name of the present one.
pub fn remember(
    workload: &Workload,
    hash: &str,
    used: &dyn Fn(&Revision) -> bool,
    context: &mut Context<'_>,
) -> Result<Str> {
    let meta = workload.meta();
    let revisions = list(workload, context);
    let data = patch(workload);
    let newest = revisions.last().map_or(0, |revision| revision.number);
    let present = revisions.iter().find(|revision| revision.object.to_value().get("data") == Some(&data));
    let name = match present {
        Some(present) if present.number == newest => present.name.clone(),
        Some(present) => {
            let mut changed = (*present.object).clone();
            if let Object::Other(other) = &mut changed {
                other.fields.insert("revision".to_owned(), (newest + 1).into());
            }
            context.api.update(changed)?;
            present.name.clone()
        }
        None => {
            let name = Str::from(format!("{}-{hash}", meta.name));
            let mut labels = workload.template.meta.labels.clone();
            labels.insert("controller-revision-hash", if is_stateful(workload) { &*name } else { hash });
            let value = json!({
                "metadata": {"name": *name, "namespace": *meta.namespace},
                "revision": newest + 1,
                "data": data,
            });
            if let Some(mut object) = Object::from_value(Kind::CONTROLLER_REVISION, value) {
                let owner = controller_ref(workload.object.kind(), &meta.name, &meta.uid);
                object.meta_mut().labels = labels;
                object.meta_mut().annotations = meta.annotations.clone();
                object.meta_mut().owner_references = vec![owner];
                context.api.create(object)?;
            }
            name
        }
    };
    forget(workload, &name, used, context)?;
    Ok(name)
}

fn is_stateful(workload: &Workload) -> bool {
    workload.object.kind() == Kind::STATEFUL_SET
}

fn forget(
    workload: &Workload,
    present: &Str,
    used: &dyn Fn(&Revision) -> bool,
    context: &mut Context<'_>,
) -> Result<()> {
    let limit =
        workload.number("/spec/revisionHistoryLimit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10);
    let revisions = list(workload, context);
    let old: Vec<&Revision> =
        revisions.iter().filter(|revision| revision.name != *present && !used(revision)).collect();
    for revision in old.iter().take(old.len().saturating_sub(limit)) {
        let key = Key::new(Kind::CONTROLLER_REVISION, workload.meta().namespace.clone(), revision.name.clone());
        context.api.delete(&key, Options::default())?;
    }
    Ok(())
}
