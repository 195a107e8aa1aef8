//! Making a volume for a claim: the controller only asks for it, and whoever provisions for the class makes it.
//!
//! Models `provisionClaimOperationExternal` of `pv_controller.go` and `sigs.k8s.io/sig-storage-lib-external-provisioner`.

use super::bind::{annotate, write};
use super::fit::text;
use super::{SOURCE, annotation, class};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::apiserver::Result;
use crate::apiserver::events::{EventType, Source};
use crate::base::Value;
use crate::base::text::go_quote;
use crate::controllers::runtime::Context;
use serde_json::json;

/// By whom a volume is made, in a claim's annotation; the older name is kept up too.
const PROVISIONER: [&str; 2] =
    ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];

/// Asks for a volume, or makes it.
pub(super) fn start(object: &Object, mut claim: Value, context: &mut Context<'_>) -> Result<()> {
    let name = text(&claim, "/spec/storageClassName").to_owned();
    let fail = |context: &mut Context<'_>, message: &str| {
        context.api.event(object, SOURCE, EventType::Warning, "ProvisioningFailed", message);
        Ok(())
    };
    let Some(class) = class::of_claim(&claim, context.api.store()) else {
        return fail(context, &format!("storageclass.storage.k8s.io {} not found", go_quote(&name)));
    };
    let provisioner = text(&class, "/provisioner");
    let driver = class::driver(provisioner);
    if driver.starts_with("kubernetes.io/") {
        return fail(context, &format!("no volume plugin matched name: {provisioner}"));
    }
    if annotation(&claim, PROVISIONER[1]) == Some(driver) && class::runs(driver, context.api.store()) {
        return make(object, &claim, &class, driver, context);
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{driver}' or manually by the system \
         administrator. If volume creation is delayed, please verify that the provisioner is running and correctly \
         registered."
    );
    context.api.event(object, SOURCE, EventType::Normal, "ExternalProvisioning", &message);
    if annotation(&claim, PROVISIONER[1]) == Some(driver) {
        return Ok(());
    }
    for name in PROVISIONER {
        annotate(&mut claim, name, driver);
    }
    write(Kind::PERSISTENT_VOLUME_CLAIM, claim, context).map(|_| ())
}

/// Makes a volume as large as the claim asks.
fn make(object: &Object, claim: &Value, class: &Value, driver: &str, context: &mut Context<'_>) -> Result<()> {
    let component = if driver == class::HOST_PATH { class::HOST_PATH } else { "csi-provisioner" };
    let source = Source { component, ..Source::default() };
    let field = |pointer: &str| claim.pointer(pointer).cloned().unwrap_or_default();
    let meta = object.meta();
    let name = format!("pvc-{}", meta.uid);
    let begun = format!("External provisioner is provisioning volume for claim \"{}/{}\"", meta.namespace, meta.name);
    context.api.event(object, source, EventType::Normal, "Provisioning", &begun);
    let mut spec = json!({
        "accessModes": field("/spec/accessModes"),
        "capacity": {"storage": field("/spec/resources/requests/storage")},
        "claimRef": {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": field("/metadata/name"),
            "namespace": field("/metadata/namespace"), "uid": field("/metadata/uid"),
            "resourceVersion": field("/metadata/resourceVersion"),
        },
        "persistentVolumeReclaimPolicy": class.get("reclaimPolicy").cloned().unwrap_or_else(|| "Delete".into()),
        "storageClassName": field("/spec/storageClassName"),
        "volumeMode": claim.pointer("/spec/volumeMode").cloned().unwrap_or_else(|| "Filesystem".into()),
    });
    if driver == class::HOST_PATH {
        let path = format!("/tmp/hostpath-provisioner/{}/{}", meta.namespace, meta.name);
        spec["hostPath"] = json!({"path": path, "type": ""});
    } else {
        spec["csi"] = json!({"driver": driver, "volumeHandle": name});
    }
    let volume = json!({
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": driver}},
        "spec": spec, "status": {"phase": "Available"},
    });
    let Some(volume) = Object::from_value(Kind::PERSISTENT_VOLUME, volume) else { return Ok(()) };
    let made = context.api.create(volume)?;
    let message = format!("Successfully provisioned volume {name}");
    context.api.event(object, source, EventType::Normal, "ProvisioningSucceeded", &message);
    super::bind::bind(claim.clone(), made.to_value(), context)
}
