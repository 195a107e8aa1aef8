//! What becomes of a claim.

use super::bind::{bind, write, write_status};
use super::fit::{self, fits, reserved_for, text};
use super::{SOURCE, class, provision, until_resync};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod};
use crate::apiserver::events::EventType;
use crate::apiserver::{Result, Store};
use crate::base::text::go_quote;
use crate::base::{Order, Value};
use crate::controllers::runtime::Context;
use serde_json::json;

/// Finds or makes a volume for a claim. Models `syncUnboundClaim`.
pub(super) fn unbound(object: &Object, claim: Value, context: &mut Context<'_>) -> Result<()> {
    let store = context.api.store();
    let wanted = text(&claim, "/spec/volumeName").to_owned();
    if !wanted.is_empty() {
        return asked_for(object, claim, &wanted, context);
    }
    let waits = class::waits_for_consumer(&claim, store);
    let volumes = store.list(Kind::PERSISTENT_VOLUME, "").map(|volume| volume.to_value());
    // A claim that waits for its consumer takes only what the scheduler has given it.
    let possible = volumes.filter(|volume| (!waits || is_reserved(volume, &claim)) && fits(volume, &claim));
    let key = |volume: &Value| {
        (!is_reserved(volume, &claim), fit::capacity(volume), text(volume, "/metadata/name").to_owned())
    };
    if let Some(volume) = possible.min_by_key(key) {
        return bind(claim, volume, context);
    }
    if claim.pointer("/spec/storageClassName").is_none_or(Value::is_null)
        && let Some(class) = default_class(store)
    {
        let mut claim = claim;
        claim["spec"]["storageClassName"] = class.into();
        return write(Kind::PERSISTENT_VOLUME_CLAIM, claim, context).map(|_| ());
    }
    let tell = |context: &mut Context<'_>, reason, message: &str| {
        context.api.event(object, SOURCE, EventType::Normal, reason, message);
    };
    if waits && !class::has_node(&claim) {
        let pods = waiting_pods(object, context);
        match pods.as_slice() {
            [] => tell(context, "WaitForFirstConsumer", "waiting for first consumer to be created before binding"),
            [pod] => tell(context, "WaitForPodScheduled", &format!("waiting for pod {pod} to be scheduled")),
            pods => {
                let message = format!("waiting for pods {} to be scheduled", pods.join(","));
                tell(context, "WaitForPodScheduled", &message);
            }
        }
    } else if !text(&claim, "/spec/storageClassName").is_empty() {
        provision::start(object, claim, context)?;
    } else {
        tell(context, "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
    }
    look_again(object, context);
    Ok(())
}

fn is_reserved(volume: &Value, claim: &Value) -> bool {
    volume.pointer("/spec/claimRef").is_some() && reserved_for(volume, claim)
}

fn look_again(object: &Object, context: &mut Context<'_>) {
    context.queue.after(object.key(), until_resync(context.now));
}

/// A claim that names its volume.
fn asked_for(object: &Object, claim: Value, name: &str, context: &mut Context<'_>) -> Result<()> {
    let volume = context.api.store().get(&Key::new(Kind::PERSISTENT_VOLUME, "", name)).map(|volume| volume.to_value());
    let Some(volume) = volume else {
        look_again(object, context);
        return Ok(());
    };
    let refused = if volume.pointer("/spec/claimRef").is_none_or(Value::is_null) {
        fit::mismatch(&volume, &claim)
            .map(|why| ("VolumeMismatch", format!("Cannot bind to requested volume {}: {why}", go_quote(name))))
    } else if reserved_for(&volume, &claim) {
        None
    } else {
        Some(("FailedBinding", format!("volume {} already bound to a different claim.", go_quote(name))))
    };
    match refused {
        None => bind(claim, volume, context),
        Some((reason, message)) => {
            context.api.event(object, SOURCE, EventType::Warning, reason, &message);
            look_again(object, context);
            Ok(())
        }
    }
}

/// A bound claim loses its volume when that is gone or another's. Models `syncBoundClaim`.
pub(super) fn bound(object: &Object, claim: Value, context: &mut Context<'_>) -> Result<()> {
    let key = Key::new(Kind::PERSISTENT_VOLUME, "", text(&claim, "/spec/volumeName"));
    let volume = context.api.store().get(&key).map(|volume| volume.to_value());
    let (reason, message) = match volume {
        None => ("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!"),
        Some(volume) if volume.pointer("/spec/claimRef").is_none_or(Value::is_null) => {
            return bind(claim, volume, context);
        }
        Some(volume) if text(&volume, "/spec/claimRef/uid") == &*object.meta().uid => {
            return match text(&claim, "/status/phase") {
                "Bound" => Ok(()),
                _ => bind(claim, volume, context),
            };
        }
        Some(_) => ("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly"),
    };
    if text(&claim, "/status/phase") == "Lost" {
        return Ok(());
    }
    context.api.event(object, SOURCE, EventType::Warning, reason, message);
    write_status(Kind::PERSISTENT_VOLUME_CLAIM, claim, json!({"phase": "Lost"}), context)
}

/// The youngest default class. Models `assignDefaultStorageClass`.
fn default_class(store: &Store) -> Option<String> {
    let is_default = |class: &&std::rc::Rc<Object>| {
        let default = class.meta().annotations.get("storageclass.kubernetes.io/is-default-class");
        default.is_some_and(|value| &**value == "true")
    };
    let newest = store.list(Kind::STORAGE_CLASS, "").filter(is_default);
    newest.max_by_key(|class| class.meta().creation_timestamp).map(|class| class.meta().name.to_string())
}

/// The pods that use a claim and have no node. Models `findNonScheduledPodsByPVC`.
fn waiting_pods(claim: &Object, context: &Context<'_>) -> Vec<String> {
    let meta = claim.meta();
    let pods = context.api.store().list(Kind::POD, &meta.namespace).filter_map(|object| Pod::of(object));
    // What was made in one breath with the claim has not been heard of when the claim is looked at first.
    let just_now = |pod: &&Pod| {
        meta.creation_timestamp == Some(context.now.timestamp())
            && pod.meta.creation_timestamp >= meta.creation_timestamp
    };
    let waits = |pod: &&Pod| {
        !just_now(pod)
            && !pod.is_terminal()
            && pod.node_name.is_empty()
            && super::protection::claims_of(pod).any(|name| *name == *meta.name)
    };
    let mut names: Vec<String> = pods.filter(waits).map(|pod| pod.meta.name.to_string()).collect();
    names.order();
    names
}
