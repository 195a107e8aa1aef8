//! Tying a claim and a volume together: four writes, of which each may be there already.
//!
//! Models `k8s.io/component-helpers/storage/volume/pv_helpers.go` and `bind` of `pv_controller.go`.

use super::annotation;
use super::fit::{reserved_for, text};
use crate::api::kinds::Kind;
use crate::api::objects::{Object, Other};
use crate::apiserver::Result;
use crate::base::Value;
use crate::controllers::runtime::Context;
use serde_json::json;

const COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// The node for which a volume is to be made.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

/// Whether a claim is bound for good.
pub fn is_completed(claim: &Value) -> bool {
    annotation(claim, COMPLETED).is_some() && !text(claim, "/spec/volumeName").is_empty()
}

/// Sets an annotation.
pub(super) fn annotate(value: &mut Value, name: &str, text: &str) {
    let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let annotations = meta.entry("annotations").or_insert_with(|| json!({}));
    if !annotations.is_object() {
        *annotations = json!({});
    }
    annotations[name] = text.into();
}

/// Gives a volume to a claim: the volume names it. Models `GetBindVolumeToClaim`.
pub fn reserve(mut volume: Value, claim: &Value) -> Value {
    let own = |pointer: &str| claim.pointer(pointer).cloned().unwrap_or_default();
    let by_controller = volume.pointer("/spec/claimRef").is_none_or(Value::is_null) || !reserved_for(&volume, claim);
    volume["spec"]["claimRef"] = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": own("/metadata/name"),
        "namespace": own("/metadata/namespace"), "uid": own("/metadata/uid"),
        "resourceVersion": own("/metadata/resourceVersion"),
    });
    if by_controller {
        annotate(&mut volume, BY_CONTROLLER, "yes");
    }
    volume
}

/// Ties a claim and a volume together.
pub(super) fn bind(mut claim: Value, volume: Value, context: &mut Context<'_>) -> Result<()> {
    let own = |value: &Value, pointer: &str| value.pointer(pointer).cloned().unwrap_or_default();
    let taken = text(&volume, "/spec/claimRef/uid");
    let volume = if taken.is_empty() || taken != text(&claim, "/metadata/uid") {
        write(Kind::PERSISTENT_VOLUME, reserve(volume, &claim), context)?
    } else {
        volume
    };
    if text(&volume, "/status/phase") != "Bound" {
        write_status(Kind::PERSISTENT_VOLUME, volume.clone(), json!({"phase": "Bound"}), context)?;
    }
    if claim.pointer("/spec/volumeName") != volume.pointer("/metadata/name") {
        claim["spec"]["volumeName"] = own(&volume, "/metadata/name");
        annotate(&mut claim, BY_CONTROLLER, "yes");
    }
    annotate(&mut claim, COMPLETED, "yes");
    let claim = write(Kind::PERSISTENT_VOLUME_CLAIM, claim, context)?;
    let mut status = claim.get("status").cloned().unwrap_or_else(|| json!({}));
    status["phase"] = "Bound".into();
    status["accessModes"] = own(&volume, "/spec/accessModes");
    if status.get("capacity").is_none() {
        status["capacity"] = own(&volume, "/spec/capacity");
    }
    write_status(Kind::PERSISTENT_VOLUME_CLAIM, claim, status, context)
}

/// Writes an object, and gives it back as it is then.
pub(super) fn write(kind: Kind, value: Value, context: &mut Context<'_>) -> Result<Value> {
    let Some(object) = Object::from_value(kind, value) else { return Ok(Value::Null) };
    Ok(context.api.update(object)?.to_value())
}

/// Writes an object's status.
pub(super) fn write_status(kind: Kind, value: Value, status: Value, context: &mut Context<'_>) -> Result<()> {
    let Some(mut object) = Object::from_value(kind, value) else { return Ok(()) };
    if let Object::Other(Other { fields, .. }) = &mut object {
        fields.insert("status".to_owned(), status);
    }
    context.api.update_status(object).map(|_| ())
}
