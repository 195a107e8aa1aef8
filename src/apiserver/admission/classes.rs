//! Defaults that depend on which classes the cluster has, and finalizers of storage.
//!
//! Models `plugin/pkg/admission/{storage/storageclass/setdefault,network/defaultingressclass,
//! storage/{persistentvolume/resize,storageobjectinuseprotection}}`.

use super::text;
use crate::api::kinds::{Key, Kind};
use crate::api::quantity::Quantity;
use crate::apiserver::{Result, Status, Store};
use crate::base::Order;
use crate::base::{Str, Value};

/// Completes a claim, a volume or an Ingress.
pub(super) fn admit(store: &Store, kind: Kind, value: &mut Value) {
    match kind {
        Kind::PERSISTENT_VOLUME_CLAIM => {
            if value.pointer("/spec/storageClassName").is_none_or(Value::is_null)
                && let Some(class) =
                    default_of(store, Kind::STORAGE_CLASS, "storageclass.kubernetes.io/is-default-class")
            {
                value["spec"]["storageClassName"] = Value::from(&*class);
            }
            add_finalizer(value, "kubernetes.io/pvc-protection");
        }
        Kind::CERTIFICATE_SIGNING_REQUEST => {
            // Who asks is known from the request; all that is written comes from the administrator.
            value["spec"]["username"] = crate::apiserver::ADMINISTRATOR.into();
            value["spec"]["groups"] = Value::from(vec!["kubeadm:cluster-admins", "system:authenticated"]);
        }
        Kind::PERSISTENT_VOLUME => add_finalizer(value, "kubernetes.io/pv-protection"),
        Kind::INGRESS => {
            let by_annotation = value
                .pointer("/metadata/annotations")
                .is_some_and(|annotations| annotations.get("kubernetes.io/ingress.class").is_some());
            if !by_annotation
                && text(value, "/spec/ingressClassName").is_empty()
                && let Some(class) =
                    default_of(store, Kind::INGRESS_CLASS, "ingressclass.kubernetes.io/is-default-class")
            {
                value["spec"]["ingressClassName"] = Value::from(&*class);
            }
        }
        _ => {}
    }
}

/// Refuses to let a claim grow that is not bound, or whose class does not let it.
///
/// Models `plugin/pkg/admission/storage/persistentvolume/resize`.
pub(super) fn check(store: &Store, kind: Kind, new: &Value, old: Option<&Value>) -> Result<()> {
    let Some(old) = old.filter(|_| kind == Kind::PERSISTENT_VOLUME_CLAIM) else { return Ok(()) };
    let size =
        |claim: &Value| Quantity::parse(text(claim, "/spec/resources/requests/storage")).map_or(0, Quantity::value);
    if size(new) <= size(old) {
        return Ok(());
    }
    let class = store.get(&Key::new(Kind::STORAGE_CLASS, "", text(new, "/spec/storageClassName")));
    let expands = class.is_some_and(|class| class.to_value().get("allowVolumeExpansion") == Some(&Value::Bool(true)));
    let why = match text(old, "/status/phase") == "Bound" {
        false => "Only bound persistent volume claims can be expanded",
        true if !expands => {
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support \
             resize"
        }
        true => return Ok(()),
    };
    Err(Status::forbidden(kind, text(new, "/metadata/name"), why))
}

/// The youngest class with the annotation; of several of one second, the first by name.
fn default_of(store: &Store, kind: Kind, annotation: &str) -> Option<Str> {
    let mut classes: Vec<_> = store
        .list(kind, "")
        .map(|object| object.meta())
        .filter(|meta| meta.annotations.get(annotation).is_some_and(|value| &**value == "true"))
        .collect();
    classes.order_by_key(|meta| std::cmp::Reverse(meta.creation_timestamp.map(|time| time.0)));
    classes.first().map(|meta| meta.name.clone())
}

fn add_finalizer(value: &mut Value, name: &str) {
    let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let finalizers = meta.entry("finalizers").or_insert_with(|| Value::Array(Vec::new()));
    match finalizers.as_array_mut() {
        Some(list) if list.iter().any(|present| present == name) => {}
        Some(list) => list.push(name.into()),
        None => *finalizers = Value::Array(vec![name.into()]),
    }
}
