//! What the API server says to a client besides yes: `Warning: …`.
//!
//! Models the `WarningsOnCreate` and `WarningsOnUpdate` of the registries. Start with [`fn@warnings`].

mod pod;
mod service;

use super::{ip, text};
use crate::api::node::Node;
use crate::base::Value;

const STORAGE_CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// The warning that every request about a deprecated kind gets, be it refused or not. It is the first of [`warnings`].
///
/// Models the prerelease lifecycle of `k8s.io/api`.
pub fn deprecation(kind: &str, group_version: &str) -> Option<&'static str> {
    match (kind, group_version) {
        ("Endpoints", "v1") => Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
        ("ComponentStatus", "v1") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}

/// The warnings about a new object (`old` is `None`) or a changed one, in upstream's order. They are said only of
/// objects that validation has accepted.
pub fn warnings(kind: &str, group_version: &str, new: &Value, old: Option<&Value>) -> Vec<String> {
    let object = Node::root(new);
    let (metadata, spec) = (object.get("metadata"), object.get("spec"));
    let mut warnings: Vec<String> = deprecation(kind, group_version).map(str::to_owned).into_iter().collect();
    match kind {
        "Pod" => {
            if old.is_none() {
                warnings.extend(name_warning(&metadata, "this is used in the Pod's hostname"));
            }
            pod::warnings(&object, false, &mut warnings);
        }
        "Deployment" | "ReplicaSet" | "ReplicationController" | "Job" => {
            if old.is_none() {
                warnings.extend(name_warning(&metadata, "this is used in Pod names and hostnames"));
            }
            template(&spec.get("template"), &mut warnings);
        }
        "CronJob" => {
            if old.is_none() {
                warnings.extend(name_warning(&metadata, "this is used in Pod names and hostnames"));
            }
            let job = spec.get("jobTemplate");
            let job_spec = job.get("spec");
            template(&job_spec.get("template"), &mut warnings);
        }
        "DaemonSet" => template(&spec.get("template"), &mut warnings),
        "StatefulSet" => stateful_set(&spec, &mut warnings),
        "PodTemplate" => template(&object.get("template"), &mut warnings),
        "Service" => service::warnings(&object, &mut warnings),
        "EndpointSlice" if object.get("addressType").str() == "FQDN" => {
            warnings.push("spec.addressType: FQDN endpoints are deprecated".to_owned());
        }
        "Ingress" => {
            let annotations = metadata.get("annotations");
            if annotations.key("kubernetes.io/ingress.class").exists() && old.is_none() {
                warnings.push(
                    "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"
                        .to_owned(),
                );
            }
        }
        "NetworkPolicy" => network_policy(&spec, &mut warnings),
        "PersistentVolume" => persistent_volume(&object, &mut warnings),
        "PersistentVolumeClaim" => {
            storage_class_annotation(&metadata, &mut warnings);
            claim_spec(&spec, &mut warnings);
        }
        "Secret" => secret(&object, &mut warnings),
        "ServiceAccount" => {
            let annotations = metadata.get("annotations");
            let mountable = annotations.key("kubernetes.io/enforce-mountable-secrets");
            if mountable.exists() {
                warnings.push(format!(
                    "{}: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets",
                    mountable.path()
                ));
            }
        }
        "Node" => node(&spec, &mut warnings),
        "CustomResourceDefinition" => warnings.extend(super::definition::warnings(new, old)),
        _ => {}
    }
    warnings
}

fn name_warning(metadata: &Node, what: &str) -> Option<String> {
    let flaws = text::dns_label(metadata.get("name").str());
    (!flaws.is_empty()).then(|| {
        format!(
            "metadata.name: {what}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            flaws.join(" ")
        )
    })
}

fn template(at: &Node, warnings: &mut Vec<String>) {
    pod::warnings(at, true, warnings);
}

fn stateful_set(spec: &Node, warnings: &mut Vec<String>) {
    template(&spec.get("template"), warnings);
    for claim in spec.get("volumeClaimTemplates").items() {
        claim_spec(&claim.get("spec"), warnings);
    }
    if spec.get("revisionHistoryLimit").int() < 0 {
        warnings.push(
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
                .to_owned(),
        );
    }
}

/// `fractional byte value`, for amounts of bytes that are no whole number.
fn fractional(at: &Node, warnings: &mut Vec<String>) {
    if let Some(quantity) = at.quantity().filter(|quantity| quantity.milli_value() % 1000 != 0) {
        warnings.push(format!("{}: fractional byte value \"{quantity}\" is invalid, must be an integer", at.path()));
    }
}

/// Models `GetWarningsForPersistentVolumeClaimSpec`.
fn claim_spec(spec: &Node, warnings: &mut Vec<String>) {
    let resources = spec.get("resources");
    for list in ["requests", "limits"] {
        fractional(&resources.get(list).key("storage"), warnings);
    }
}

fn storage_class_annotation(metadata: &Node, warnings: &mut Vec<String>) {
    let annotations = metadata.get("annotations");
    let annotation = annotations.key(STORAGE_CLASS_ANNOTATION);
    if annotation.exists() {
        warnings
            .push(format!("{}: deprecated since v1.8; use \"storageClassName\" attribute instead", annotation.path()));
    }
}

/// Models `pkg/api/persistentvolume.GetWarningsForPersistentVolume`.
fn persistent_volume(object: &Node, warnings: &mut Vec<String>) {
    let (metadata, spec) = (object.get("metadata"), object.get("spec"));
    storage_class_annotation(&metadata, warnings);
    let annotations = metadata.get("annotations");
    let mount_options = annotations.key("volume.beta.kubernetes.io/mount-options");
    if mount_options.exists() {
        warnings
            .push(format!("{}: deprecated since v1.31; use \"mountOptions\" attribute instead", mount_options.path()));
    }
    if spec.get("persistentVolumeReclaimPolicy").str() == "Recycle" {
        warnings.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.".to_owned());
    }
    let affinity = spec.get("nodeAffinity");
    let required = affinity.get("required");
    for term in required.get("nodeSelectorTerms").items() {
        pod::node_selector_term(&term, warnings);
    }
    pod::deprecated_sources(&spec, warnings);
    fractional(&spec.get("capacity").key("storage"), warnings);
}

fn network_policy(spec: &Node, warnings: &mut Vec<String>) {
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(rules).items() {
            for peer in rule.get(peers).items() {
                let block = peer.get("ipBlock");
                warnings.extend(ip::cidr_warnings(&block.get("cidr")));
                for except in block.get("except").items() {
                    warnings.extend(ip::cidr_warnings(&except));
                }
            }
        }
    }
}

/// A TLS Secret whose pair is plainly no pair. Models `warningsForSecret`, which asks `tls.X509KeyPair`.
fn secret(object: &Node, warnings: &mut Vec<String>) {
    if object.get("type").str() != "kubernetes.io/tls" {
        return;
    }
    let data = object.get("data");
    let has_pem = |key: &str| {
        let content = crate::base::base64::decode(data.key(key).str());
        String::from_utf8_lossy(&content).contains("-----BEGIN ")
    };
    for (key, what) in [("tls.crt", "certificate"), ("tls.key", "key")] {
        if !has_pem(key) {
            warnings.push(format!("tls: failed to find any PEM data in {what} input"));
            return;
        }
    }
}

fn node(spec: &Node, warnings: &mut Vec<String>) {
    if spec.get("configSource").exists() {
        warnings.push("spec.configSource: the feature is no longer supported".to_owned());
    }
    if !spec.get("externalID").str().is_empty() {
        warnings.push("spec.externalID: this field is deprecated, and is unused by Kubernetes".to_owned());
    }
}
