//! Volumes, claims and their classes.

use super::edit::{child, default, default_text, ensure, has};
use crate::base::{Fields, Value};

/// The defaults that sources of volumes have in pods and in PersistentVolumes alike.
pub fn sources(holder: &mut Fields) {
    if let Some(host) = child(holder, "hostPath") {
        default(host, "type", "");
    }
    if let Some(iscsi) = child(holder, "iscsi") {
        default_text(iscsi, "iscsiInterface", "default");
    }
    if let Some(rbd) = child(holder, "rbd") {
        default_text(rbd, "pool", "rbd");
        default_text(rbd, "user", "admin");
        default_text(rbd, "keyring", "/etc/ceph/keyring");
    }
    if let Some(disk) = child(holder, "azureDisk") {
        default(disk, "cachingMode", "ReadWrite");
        default(disk, "kind", "Shared");
        default(disk, "fsType", "ext4");
        default(disk, "readOnly", false);
    }
    if let Some(scale_io) = child(holder, "scaleIO") {
        default_text(scale_io, "storageMode", "ThinProvisioned");
        default_text(scale_io, "fsType", "xfs");
    }
}

pub fn persistent_volume(object: &mut Fields) {
    let spec = ensure(object, "spec");
    default_text(spec, "persistentVolumeReclaimPolicy", "Retain");
    default(spec, "volumeMode", "Filesystem");
    sources(spec);
    default_text(ensure(object, "status"), "phase", "Pending");
}

pub fn claim(object: &mut Fields) {
    claim_spec(ensure(object, "spec"));
    default_text(ensure(object, "status"), "phase", "Pending");
}

/// Models `SetDefaults_PersistentVolumeClaimSpec` and `NormalizeDataSources`: the two ways to name a source go together.
pub fn claim_spec(spec: &mut Fields) {
    default(spec, "volumeMode", "Filesystem");
    ensure(spec, "resources");
    let copy = |from: &str, to: &str, spec: &mut Fields| {
        if let (Some(source), false) = (spec.get(from).filter(|source| !source.is_null()).cloned(), has(spec, to)) {
            spec.insert(to.to_owned(), source);
        }
    };
    copy("dataSource", "dataSourceRef", spec);
    let group = |spec: &Fields| {
        spec.get("dataSourceRef").and_then(|source| source.get("namespace")).and_then(Value::as_str).map(str::to_owned)
    };
    if group(spec).is_none_or(|namespace| namespace.is_empty()) {
        copy("dataSourceRef", "dataSource", spec);
    }
}

pub fn storage_class(object: &mut Fields) {
    default(object, "reclaimPolicy", "Delete");
    default(object, "volumeBindingMode", "Immediate");
}
