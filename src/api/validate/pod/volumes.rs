//! The volumes of a pod: exactly one source each.

use super::{Options, sources};
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::{meta, text};
use crate::base::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The well-formed volumes of a pod by name.
pub type Volumes<'v> = BTreeMap<&'v str, &'v Value>;

/// Models `ValidateVolumes`.
pub fn volumes<'v>(at: &Node<'v, '_>, options: Options, errors: &mut Vec<FieldError>) -> Volumes<'v> {
    let pod = options.pod.unwrap_or_default();
    let created: BTreeSet<String> = at
        .items()
        .filter(|volume| !pod.is_empty() && volume.get("ephemeral").exists())
        .map(|volume| format!("{pod}-{}", volume.get("name").str()))
        .collect();
    let mut found = Volumes::new();
    for volume in at.items() {
        let mut own = Vec::new();
        let name = volume.get("name");
        source(&volume, options, &mut own);
        if name.str().is_empty() {
            own.push(name.required(""));
        } else {
            meta::flaws(&name, text::dns_label(name.str()), &mut own);
        }
        if found.contains_key(name.str()) {
            own.push(name.duplicate());
        }
        if let (true, Some(value)) = (own.is_empty(), volume.value()) {
            found.insert(name.str(), value);
        }
        errors.append(&mut own);
        let claim = volume.get("persistentVolumeClaim");
        let claim_name = claim.get("claimName");
        if claim_name.exists() && created.contains(claim_name.str()) {
            errors.push(claim_name.invalid("must not reference a PVC that gets created for an ephemeral volume"));
        }
    }
    found
}

type Rule = fn(&Node, &mut Vec<FieldError>);

/// The kinds of sources in the order in which upstream looks for them. The second name is the one in the path of “more
/// than 1”, the third the one in the paths of the source's own errors: upstream does not spell them alike.
const SOURCES: [(&str, &str, &str, Rule); 28] = [
    ("hostPath", "hostPath", "hostPath", sources::host_path),
    ("gitRepo", "gitRepo", "gitRepo", sources::git_repo),
    ("gcePersistentDisk", "gcePersistentDisk", "persistentDisk", sources::gce),
    ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", sources::aws),
    ("secret", "secret", "secret", sources::secret),
    ("nfs", "nfs", "nfs", sources::nfs),
    ("iscsi", "iscsi", "iscsi", sources::iscsi),
    ("glusterfs", "glusterfs", "glusterfs", sources::glusterfs),
    ("flocker", "flocker", "flocker", sources::flocker),
    ("persistentVolumeClaim", "persistentVolumeClaim", "persistentVolumeClaim", sources::claim),
    ("rbd", "rbd", "rbd", sources::rbd),
    ("cinder", "cinder", "cinder", sources::cinder),
    ("cephfs", "cephFS", "cephfs", sources::cephfs),
    ("quobyte", "quobyte", "quobyte", sources::quobyte),
    ("downwardAPI", "downwarAPI", "downwardAPI", sources::downward_api),
    ("fc", "fc", "fc", sources::fc),
    ("flexVolume", "flexVolume", "flexVolume", sources::flex),
    ("configMap", "configMap", "configMap", sources::config_map),
    ("azureFile", "azureFile", "azureFile", sources::azure_file),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", sources::vsphere),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", sources::photon),
    ("portworxVolume", "portworxVolume", "portworxVolume", sources::portworx),
    ("azureDisk", "azureDisk", "azureDisk", sources::azure_disk),
    ("storageos", "storageos", "storageos", sources::storageos),
    ("projected", "projected", "projected", sources::projected),
    ("scaleIO", "scaleIO", "scaleIO", sources::scale_io),
    ("csi", "csi", "csi", sources::csi),
    ("ephemeral", "ephemeral", "ephemeral", sources::ephemeral),
];

/// Models `validateVolumeSource`.
fn source(volume: &Node, options: Options, errors: &mut Vec<FieldError>) {
    let empty_dir = volume.get("emptyDir");
    let mut found = empty_dir.exists();
    let limit = empty_dir.get("sizeLimit");
    if limit.quantity().is_some_and(|limit| limit.sign() < 0) {
        errors.push(limit.forbidden("SizeLimit field must be a valid resource quantity"));
    }
    for (field, forbidden_at, reported_at, rule) in SOURCES {
        one_of(volume, (field, forbidden_at, reported_at, rule), &mut found, errors);
    }
    let name = volume.get("name").str();
    let iscsi = volume.get("iscsi");
    if iscsi.get("initiatorName").exists() && name.len() + 1 + iscsi.get("targetPortal").str().len() > 64 {
        errors.push(volume.get("name").invalid_as(name, "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."));
    }
    if let Some(pod) = options.pod.filter(|pod| !pod.is_empty() && !name.is_empty() && volume.get("ephemeral").exists())
    {
        let claim = format!("{pod}-{name}");
        for flaw in text::dns_subdomain(&claim) {
            errors.push(volume.get("name").invalid(format!("PVC name \"{claim}\": {flaw}")));
        }
    }
    let image = volume.get("image");
    if image.exists() {
        if found {
            errors.push(image.forbidden("may not specify more than 1 volume type"));
        } else {
            found = true;
            if options.pod.is_some() && image.get("reference").str().is_empty() {
                errors.push(image.get("reference").required(""));
            }
            super::enumerated(&image.get("pullPolicy"), &["Always", "IfNotPresent", "Never"], errors);
        }
    }
    if !found {
        errors.push(volume.required("must specify a volume type"));
    }
}

fn one_of(at: &Node, kind: (&str, &str, &str, Rule), found: &mut bool, errors: &mut Vec<FieldError>) {
    let (field, forbidden_at, reported_at, rule) = kind;
    let source = at.get(field);
    if !source.exists() {
        return;
    }
    if *found {
        errors.push(at.get(forbidden_at).forbidden("may not specify more than 1 volume type"));
        return;
    }
    *found = true;
    let path = at.path().child(reported_at);
    rule(&Node::at(&path, source.value()), errors);
}
