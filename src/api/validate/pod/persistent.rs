//! The sources of PersistentVolumes: those of pods, with more to say about namespaces.

use super::sources::{self, required};
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::{meta, text};

type Errors = Vec<FieldError>;
type Rule = fn(&Node, &mut Errors);

/// The kinds of sources in the order in which upstream looks for them: the field, its name in the path of “more than 1”, its
/// name in the paths of its own errors, and its rule.
const SOURCES: [(&str, &str, &str, Rule); 22] = [
    ("hostPath", "hostPath", "hostPath", sources::host_path),
    ("gcePersistentDisk", "gcePersistentDisk", "persistentDisk", sources::gce),
    ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", sources::aws),
    ("glusterfs", "glusterfs", "glusterfs", glusterfs),
    ("flocker", "flocker", "flocker", sources::flocker),
    ("nfs", "nfs", "nfs", sources::nfs),
    ("rbd", "rbd", "rbd", sources::rbd),
    ("quobyte", "quobyte", "quobyte", sources::quobyte),
    ("cephfs", "cephFS", "cephfs", sources::cephfs),
    ("iscsi", "iscsi", "iscsi", iscsi),
    ("cinder", "cinder", "cinder", cinder),
    ("fc", "fc", "fc", sources::fc),
    ("flexVolume", "flexVolume", "flexVolume", sources::flex),
    ("azureFile", "azureFile", "azureFile", azure_file),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", sources::vsphere),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", sources::photon),
    ("portworxVolume", "portworxVolume", "portworxVolume", sources::portworx),
    ("azureDisk", "azureDisk", "azureDisk", sources::azure_disk),
    ("scaleIO", "scaleIO", "scaleIO", sources::scale_io),
    ("local", "local", "local", sources::local),
    ("storageos", "storageos", "storageos", storageos),
    ("csi", "csi", "csi", csi),
];

/// The source of a PersistentVolume. Models the second half of `ValidatePersistentVolumeSpec`.
pub fn persistent_volume_source(spec: &Node, errors: &mut Errors) {
    let mut found = false;
    for (field, forbidden_at, reported_at, rule) in SOURCES {
        let source = spec.get(field);
        if !source.exists() {
            continue;
        }
        // Upstream forgets to count what stands before this one.
        if found && field != "flexVolume" {
            errors.push(spec.get(forbidden_at).forbidden("may not specify more than 1 volume type"));
            continue;
        }
        found = true;
        let path = spec.path().child(reported_at);
        rule(&Node::at(&path, source.value()), errors);
        if field == "local" && !spec.get("nodeAffinity").exists() {
            errors.push(spec.get("nodeAffinity").required("Local volume requires node affinity"));
        }
    }
    if !found {
        errors.push(spec.required("must specify a volume type"));
    }
}

fn glusterfs(at: &Node, errors: &mut Errors) {
    sources::glusterfs(at, errors);
    let namespace = at.get("endpointsNamespace");
    match namespace.text() {
        Some("") => {
            errors.push(namespace.invalid("if the endpointnamespace is set, it must be a valid namespace name"))
        }
        Some(name) => meta::flaws(&namespace, text::dns_label(name), errors),
        None => {}
    }
}

fn iscsi(at: &Node, errors: &mut Errors) {
    sources::iscsi_source(at, "must be valid format", errors);
    secret(at, &["name"], errors);
}

/// What a reference to a Secret must say, if there is one.
fn secret(at: &Node, fields: &[&str], errors: &mut Errors) {
    let secret = at.get("secretRef");
    if secret.exists() {
        required(&secret, fields, errors);
    }
}

fn cinder(at: &Node, errors: &mut Errors) {
    required(at, &["volumeID"], errors);
    secret(at, &["name", "namespace"], errors);
}

fn storageos(at: &Node, errors: &mut Errors) {
    sources::storageos(at, errors);
    if at.get("secretRef").exists() {
        required(&at.get("secretRef"), &["namespace"], errors);
    }
}

fn azure_file(at: &Node, errors: &mut Errors) {
    sources::azure_file(at, errors);
    let namespace = at.get("secretNamespace");
    if namespace.text() == Some("") {
        errors.push(namespace.required(""));
    }
}

fn csi(at: &Node, errors: &mut Errors) {
    sources::csi_driver(&at.get("driver"), errors);
    required(at, &["volumeHandle"], errors);
    for field in
        ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"]
    {
        let secret = at.get(field);
        if !secret.exists() {
            continue;
        }
        let (name, namespace) = (secret.get("name"), secret.get("namespace"));
        if name.str().is_empty() {
            errors.push(name.required(""));
        } else {
            meta::flaws(&name, text::dns_subdomain(name.str()), errors);
        }
        if namespace.str().is_empty() {
            errors.push(namespace.required(""));
        } else {
            meta::flaws(&namespace, text::dns_label(namespace.str()), errors);
        }
    }
}
