//! The binder of volumes: a claim gets a volume that fits, or one that is made for it by its class.
//!
//! There is no disk behind a volume. A class makes volumes at once, whatever its provisioner and binding mode say; a claim
//! without a class gets the default one. Models `pkg/controller/volume/persistentvolume/pv_controller.go` and the admission
//! plugin `DefaultStorageClass`, both simplified.

pub mod fit;
mod protection;

use self::fit::{fits, text};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Other};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Reason, Result, Store};
use crate::base::Value;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use serde_json::json;

const SOURCE: Source = Source { component: "persistentvolume-controller", host: "", field_path: "" };
/// The annotation of the class that claims without one get.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// Binds claims and volumes.
#[derive(Clone, Default)]
pub struct PersistentVolumeController;

impl Controller for PersistentVolumeController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::PERSISTENT_VOLUME_CLAIM => {
                queue.now(change.key.clone());
                if let (Some(old), None) = (change.old.as_deref(), &change.new) {
                    let claim = old.to_value();
                    let volume = text(&claim, "/spec/volumeName");
                    if !volume.is_empty() {
                        queue.now(Key::new(Kind::PERSISTENT_VOLUME, "", volume));
                    }
                }
            }
            Kind::PERSISTENT_VOLUME => queue.now(change.key.clone()),
            Kind::STORAGE_CLASS => {}
            Kind::POD => return protection::observe(change, store, queue),
            _ => return,
        }
        if change.key.kind != Kind::PERSISTENT_VOLUME_CLAIM {
            let waiting = store.list(Kind::PERSISTENT_VOLUME_CLAIM, "");
            waiting.filter(|claim| !is_bound(&claim.to_value())).for_each(|claim| queue.now(claim.key()));
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let value = object.to_value();
        match key.kind {
            Kind::PERSISTENT_VOLUME if object.meta().is_terminating() => protection::volume(&object, &value, context),
            Kind::PERSISTENT_VOLUME => volume(&object, &value, context),
            _ if object.meta().is_terminating() => protection::claim(&object, context),
            _ if is_bound(&value) => Ok(()),
            _ => claim(&object, value, context),
        }
    }
}

fn is_bound(claim: &Value) -> bool {
    text(claim, "/status/phase") == "Bound"
}

/// Finds or makes a volume for a claim.
fn claim(object: &Object, mut value: Value, context: &mut Context<'_>) -> Result<()> {
    let store = context.api.store();
    if value.pointer("/spec/storageClassName").is_none()
        && let Some(class) = default_class(store)
    {
        value["spec"]["storageClassName"] = class.into();
    }
    let volumes = store.list(Kind::PERSISTENT_VOLUME, "").map(|volume| volume.to_value());
    let wanted = text(&value, "/spec/volumeName");
    let candidates = volumes
        .filter(|volume| (wanted.is_empty() || text(volume, "/metadata/name") == wanted) && fits(volume, &value));
    let found = candidates.min_by_key(|volume| (fit::capacity(volume), text(volume, "/metadata/name").to_owned()));
    let class = text(&value, "/spec/storageClassName").to_owned();
    let volume = match found {
        Some(volume) => volume,
        None if wanted.is_empty() && store.get(&Key::new(Kind::STORAGE_CLASS, "", class.as_str())).is_some() => {
            match provision(object, &value, &class, context)? {
                Some(volume) => volume,
                None => return Ok(()),
            }
        }
        None => {
            let message = "no persistent volumes available for this claim and no storage class is set";
            let missing = format!("storageclass.storage.k8s.io {class:?} not found");
            let (kind, reason, message) = match class.is_empty() {
                true => (EventType::Normal, "FailedBinding", message),
                false => (EventType::Warning, "ProvisioningFailed", missing.as_str()),
            };
            context.api.event(object, SOURCE, kind, reason, message);
            return Ok(());
        }
    };
    bind(value, volume, context)
}

fn default_class(store: &Store) -> Option<String> {
    let is_default = |class: &&std::rc::Rc<Object>| {
        class.meta().annotations.get(DEFAULT_CLASS).is_some_and(|value| &**value == "true")
    };
    let newest = store.list(Kind::STORAGE_CLASS, "").filter(is_default);
    newest.max_by_key(|class| class.meta().creation_timestamp).map(|class| class.meta().name.to_string())
}

/// Makes a volume as large as the claim asks.
fn provision(object: &Object, claim: &Value, class: &str, context: &mut Context<'_>) -> Result<Option<Value>> {
    let key = Key::new(Kind::STORAGE_CLASS, "", class);
    let Some(class_value) = context.api.store().get(&key).map(|class| class.to_value()) else { return Ok(None) };
    let field = |pointer: &str| claim.pointer(pointer).cloned().unwrap_or_default();
    let reclaim = match text(&class_value, "/reclaimPolicy") {
        "" => "Delete",
        policy => policy,
    };
    let meta = object.meta();
    let name = format!("pvc-{}", meta.uid);
    let volume = json!({
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": text(&class_value, "/provisioner")}},
        "spec": {
            "accessModes": field("/spec/accessModes"),
            "capacity": {"storage": field("/spec/resources/requests/storage")},
            "hostPath": {"path": format!("/tmp/hostpath-provisioner/{}/{}", meta.namespace, meta.name), "type": ""},
            "persistentVolumeReclaimPolicy": reclaim, "storageClassName": class,
            "volumeMode": claim.pointer("/spec/volumeMode").cloned().unwrap_or_else(|| "Filesystem".into()),
        },
        "status": {"phase": "Available"},
    });
    let Some(volume) = Object::from_value(Kind::PERSISTENT_VOLUME, volume) else { return Ok(None) };
    let made = context.api.create(volume)?;
    let message = format!("Successfully provisioned volume {name}");
    context.api.event(object, SOURCE, EventType::Normal, "ProvisioningSucceeded", &message);
    Ok(Some(made.to_value()))
}

/// Ties a claim and a volume together.
fn bind(mut claim: Value, mut volume: Value, context: &mut Context<'_>) -> Result<()> {
    let own = |value: &Value, pointer: &str| value.pointer(pointer).cloned().unwrap_or_default();
    volume["spec"]["claimRef"] = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": own(&claim, "/metadata/name"),
        "namespace": own(&claim, "/metadata/namespace"), "uid": own(&claim, "/metadata/uid"),
        "resourceVersion": own(&claim, "/metadata/resourceVersion"),
    });
    write(Kind::PERSISTENT_VOLUME, volume.clone(), json!({"phase": "Bound"}), context)?;
    claim["spec"]["volumeName"] = own(&volume, "/metadata/name");
    if !claim["metadata"]["annotations"].is_object() {
        claim["metadata"]["annotations"] = json!({});
    }
    claim["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"] = "yes".into();
    claim["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"] = "yes".into();
    let status = json!({
        "phase": "Bound", "accessModes": own(&volume, "/spec/accessModes"), "capacity": own(&volume, "/spec/capacity"),
    });
    write(Kind::PERSISTENT_VOLUME_CLAIM, claim, status, context)
}

/// Writes an object and then its status.
fn write(kind: Kind, value: Value, status: Value, context: &mut Context<'_>) -> Result<()> {
    let Some(object) = Object::from_value(kind, value) else { return Ok(()) };
    let mut written = (*context.api.update(object)?).clone();
    if let Object::Other(Other { fields, .. }) = &mut written {
        fields.insert("status".to_owned(), status);
    }
    context.api.update_status(written).map(|_| ())
}

/// A new volume becomes available; one whose claim is gone is released, and removed if its policy says so.
fn volume(object: &Object, value: &Value, context: &mut Context<'_>) -> Result<()> {
    let uid = text(value, "/spec/claimRef/uid");
    let phase = text(value, "/status/phase");
    let next = if uid.is_empty() {
        "Available"
    } else if context.api.store().by_uid(uid).is_some() {
        "Bound"
    } else if text(value, "/spec/persistentVolumeReclaimPolicy") == "Delete" {
        return match context.api.delete(&object.key(), Options::default()) {
            Err(status) if status.reason != Reason::NotFound => Err(status),
            _ => Ok(()),
        };
    } else {
        "Released"
    };
    if phase == next {
        return Ok(());
    }
    let mut changed = object.clone();
    if let Object::Other(Other { fields, .. }) = &mut changed {
        fields.insert("status".to_owned(), json!({"phase": next}));
    }
    context.api.update_status(changed).map(|_| ())
}
