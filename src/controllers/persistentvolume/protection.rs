//! Claims and volumes that are in use stay until they are not: a finalizer holds them.
//!
//! Models `pkg/controller/volume/{pvcprotection,pvprotection}`.

use super::fit::text;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod};
use crate::apiserver::{Change, Result, Store};
use crate::base::Value;
use crate::controllers::runtime::{Context, Enqueue};

const CLAIM: &str = "kubernetes.io/pvc-protection";
const VOLUME: &str = "kubernetes.io/pv-protection";

/// A pod that ends may have been the last that used a claim.
pub(super) fn observe(change: &Change, store: &Store, queue: &mut Enqueue) {
    let Some(pod) = change.old.as_deref().and_then(Pod::of) else { return };
    if change.new.as_deref().and_then(Pod::of).is_some_and(|pod| !pod.is_terminal()) {
        return;
    }
    for name in claims_of(pod) {
        let key = Key::new(Kind::PERSISTENT_VOLUME_CLAIM, pod.meta.namespace.clone(), name);
        if store.get(&key).is_some_and(|claim| claim.meta().is_terminating()) {
            queue.now(key);
        }
    }
}

/// The claims that a pod names.
pub(super) fn claims_of(pod: &Pod) -> impl Iterator<Item = &str> {
    let claims = pod.spec.volumes.iter().filter_map(|volume| volume.get("persistentVolumeClaim"));
    claims.filter_map(|claim| claim.get("claimName").and_then(Value::as_str))
}

/// Lets a claim go that no pod uses.
pub(super) fn claim(object: &Object, context: &mut Context<'_>) -> Result<()> {
    let meta = object.meta();
    let uses = |pod: &Pod| !pod.is_terminal() && claims_of(pod).any(|name| name == &*meta.name);
    let used = context.api.store().list(Kind::POD, &meta.namespace).filter_map(|object| Pod::of(object)).any(uses);
    if used { Ok(()) } else { release(object, CLAIM, context) }
}

/// Lets a volume go that no claim has.
pub(super) fn volume(object: &Object, value: &Value, context: &mut Context<'_>) -> Result<()> {
    let claim = text(value, "/spec/claimRef/uid");
    let bound = !claim.is_empty() && context.api.store().by_uid(claim).is_some();
    if bound { Ok(()) } else { release(object, VOLUME, context) }
}

fn release(object: &Object, finalizer: &str, context: &mut Context<'_>) -> Result<()> {
    if !object.meta().finalizers.iter().any(|present| &**present == finalizer) {
        return Ok(());
    }
    let mut released = object.clone();
    released.meta_mut().finalizers.retain(|present| &**present != finalizer);
    context.api.update(released).map(|_| ())
}
