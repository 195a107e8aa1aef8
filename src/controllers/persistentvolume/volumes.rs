//! What becomes of a volume: a new one is available, one whose claim is gone is released, and removed if its policy says so.
//!
//! Models `syncVolume` and `reclaimVolume` of `pv_controller.go`.

use super::bind::write_status;
use super::fit::text;
use super::{SOURCE, annotation, class};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::apiserver::events::EventType;
use crate::apiserver::{Options, Reason, Result};
use crate::base::Value;
use crate::base::text::go_quote;
use crate::controllers::runtime::Context;
use serde_json::json;

pub(super) fn sync(object: &Object, value: &Value, context: &mut Context<'_>) -> Result<()> {
    let uid = text(value, "/spec/claimRef/uid");
    let phase = text(value, "/status/phase");
    if uid.is_empty() {
        return become_(value, "Available", context);
    }
    if let Some(claim) = context.api.store().by_uid(uid) {
        // Until the claim names the volume too, the claim's turn comes first.
        let claim = claim.to_value();
        return match text(&claim, "/spec/volumeName") == &*object.meta().name {
            true => become_(value, "Bound", context),
            false => Ok(()),
        };
    }
    if phase != "Released" && phase != "Failed" {
        return become_(value, "Released", context);
    }
    match text(value, "/spec/persistentVolumeReclaimPolicy") {
        "Delete" if phase == "Released" => reclaim(object, value, context),
        _ => Ok(()),
    }
}

/// Writes a phase that is not there yet.
fn become_(value: &Value, phase: &str, context: &mut Context<'_>) -> Result<()> {
    match text(value, "/status/phase") == phase {
        true => Ok(()),
        false => write_status(Kind::PERSISTENT_VOLUME, value.clone(), json!({"phase": phase}), context),
    }
}

/// Removes a volume that nobody has, if something can.
fn reclaim(object: &Object, value: &Value, context: &mut Context<'_>) -> Result<()> {
    let name = &object.meta().name;
    let path = value.pointer("/spec/hostPath/path").and_then(Value::as_str);
    let failure = match (annotation(value, "pv.kubernetes.io/provisioned-by"), path) {
        (Some(driver), _) if !driver.starts_with("kubernetes.io/") => match class::runs(driver, context.api.store()) {
            true => None,
            false => return Ok(()),
        },
        (_, Some(path)) if path.starts_with("/tmp/") => None,
        (_, Some(path)) => Some(format!("host_path deleter only supports /tmp/.+ but received provided {path}")),
        _ => Some(format!(
            "error getting deleter volume plugin for volume {}: no deletable volume plugin matched",
            go_quote(name)
        )),
    };
    let Some(message) = failure else {
        let key = Key::new(Kind::PERSISTENT_VOLUME, "", name.clone());
        return match context.api.delete(&key, Options::default()) {
            Err(status) if status.reason != Reason::NotFound => Err(status),
            _ => Ok(()),
        };
    };
    context.api.event(object, SOURCE, EventType::Warning, "VolumeFailedDelete", &message);
    write_status(Kind::PERSISTENT_VOLUME, value.clone(), json!({"phase": "Failed", "message": message}), context)
}
