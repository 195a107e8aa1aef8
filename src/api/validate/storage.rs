//! PersistentVolumes, their claims and classes.

use super::pod::{NODE_SELECTOR, node_selector, persistent_volume_source};
use super::selector::label_selector;
use super::{meta, resources, text};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::internal;
use crate::api::node::{GoShape, Node};
use crate::base::{Fields, Value, difference};
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

const ACCESS_MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES: [&str; 2] = ["Block", "Filesystem"];

fn access_modes(at: &Node, errors: &mut Errors) {
    let mut others = false;
    for mode in at.strs() {
        if !ACCESS_MODES.contains(&mode) {
            errors.push(at.unsupported_as(mode, &ACCESS_MODES));
        }
        others |= ACCESS_MODES.contains(&mode) && mode != "ReadWriteOncePod";
    }
    if others && at.strs().any(|mode| mode == "ReadWriteOncePod") {
        errors.push(at.forbidden("may not use ReadWriteOncePod with other access modes"));
    }
}

fn volume_mode(at: &Node, errors: &mut Errors) {
    if at.text().is_some_and(|mode| !VOLUME_MODES.contains(&mode)) {
        errors.push(at.unsupported(&VOLUME_MODES));
    }
}

fn class_name(at: &Node, errors: &mut Errors) {
    if !at.str().is_empty() {
        meta::flaws(at, text::dns_subdomain(at.str()), errors);
    }
}

/// All but the metadata of a PersistentVolume. Models `ValidatePersistentVolumeSpec`.
pub fn persistent_volume(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    let (modes, capacity, reclaim) =
        (spec.get("accessModes"), spec.get("capacity"), spec.get("persistentVolumeReclaimPolicy"));
    if modes.is_empty() {
        errors.push(modes.required(""));
    }
    access_modes(&modes, errors);
    if capacity.is_empty() {
        errors.push(capacity.required(""));
    }
    if !capacity.key("storage").exists() || capacity.len() > 1 {
        errors.push(capacity.unsupported_as(capacity.value().cloned().unwrap_or_default(), &["storage"]));
    }
    for (_, entry) in capacity.entries() {
        if let Some(quantity) = entry.quantity().filter(|q| q.sign() < 0) {
            errors.push(entry.invalid_as(quantity.value(), "must be a valid resource quantity"));
        }
        resources::positive(&entry, errors);
    }
    const RECLAIM: [&str; 3] = ["Delete", "Recycle", "Retain"];
    if !reclaim.str().is_empty() && !RECLAIM.contains(&reclaim.str()) {
        errors.push(reclaim.unsupported(&RECLAIM));
    }
    let affinity = spec.get("nodeAffinity");
    if affinity.exists() {
        let required = affinity.get("required");
        if required.exists() {
            node_selector(&required, errors);
        } else {
            errors.push(required.required("must specify required node constraints"));
        }
    }
    persistent_volume_source(&spec, errors);
    let host = spec.get("hostPath");
    let is_root = host.exists() && host.get("path").str().split('/').all(|part| part.is_empty() || part == ".");
    if is_root && host.get("path").str().starts_with('/') && reclaim.str() == "Recycle" {
        errors.push(reclaim.forbidden("may not be 'recycle' for a hostPath mount of '/'"));
    }
    class_name(&spec.get("storageClassName"), errors);
    volume_mode(&spec.get("volumeMode"), errors);
    let attributes = spec.get("volumeAttributesClassName");
    if let Some(name) = attributes.text() {
        if name.is_empty() {
            errors.push(attributes.required("an empty string is disallowed"));
        }
        class_name(&attributes, errors);
        if !spec.get("csi").exists() {
            errors.push(spec.get("csi").required("has to be specified when using volumeAttributesClassName"));
        }
    }
}

/// What may not change in a PersistentVolume. Models the end of `ValidatePersistentVolumeUpdate`.
pub fn persistent_volume_update(new: &Node, old: &Node, errors: &mut Errors) {
    const MUTABLE: [&str; 9] = [
        "capacity",
        "accessModes",
        "claimRef",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "mountOptions",
        "volumeMode",
        "nodeAffinity",
        "volumeAttributesClassName",
    ];
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    let source = |spec: &Node| -> Fields {
        let fields = spec.map().into_iter().flatten().filter(|(name, _)| !MUTABLE.contains(&name.as_str()));
        fields.map(|(name, value): (&String, &Value)| (name.clone(), value.clone())).collect()
    };
    let mut changed = source(&spec);
    // This reference may be added later.
    const EXPAND: &str = "controllerExpandSecretRef";
    if old_spec.get("csi").exists() && !old_spec.get("csi").get(EXPAND).exists() {
        changed.get_mut("csi").and_then(Value::as_object_mut).and_then(|csi| csi.remove(EXPAND));
    }
    if changed != source(&old_spec) {
        let at = spec.get("persistentvolumesource");
        errors.push(at.forbidden("spec.persistentvolumesource is immutable after creation\n"));
    }
    meta::immutable(
        &Node::at(&crate::base::path::FieldPath::of("volumeMode"), spec.get("volumeMode").value()),
        &old_spec.get("volumeMode"),
        errors,
    );
    let (affinity, before) = (spec.get("nodeAffinity"), old_spec.get("nodeAffinity"));
    if before.exists() && stable_keys(&affinity) != stable_keys(&before) {
        let at = Node::at(&crate::base::path::FieldPath::of("nodeAffinity"), affinity.value()).with_json(
            FieldErrorKind::Invalid,
            &shown_affinity(&affinity),
            AFFINITY_WORDS,
        );
        errors.push(at);
    }
    attributes_class(&spec, &old_spec, errors);
}

const AFFINITY_WORDS: &str = "field is immutable, except for updating from beta label to GA";

fn shown_affinity(at: &Node) -> String {
    match at.exists() {
        true => at.go_struct(&[("Required", "required", GoShape::Struct(NODE_SELECTOR))]),
        false => "null".to_owned(),
    }
}

/// The value with the labels of nodes by their present names: changing to these is no change.
fn stable_keys(at: &Node) -> String {
    let text = at.value().map(ToString::to_string).unwrap_or_default();
    [
        ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
        ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
        ("beta.kubernetes.io/os", "kubernetes.io/os"),
        ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
        ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ]
    .iter()
    .fold(text, |text, (beta, stable)| text.replace(&format!("\"{beta}\""), &format!("\"{stable}\"")))
}

/// A class of attributes, once set, can be changed but not taken away.
fn attributes_class(spec: &Node, old_spec: &Node, errors: &mut Errors) {
    let class = spec.get("volumeAttributesClassName");
    match (old_spec.get("volumeAttributesClassName").exists(), class.text()) {
        (true, None) => errors.push(class.forbidden("update from non-nil value to nil is forbidden")),
        (true, Some("")) => errors.push(class.forbidden("update from non-nil value to an empty string is forbidden")),
        _ => {}
    }
}

/// The spec of a PersistentVolumeClaim. Models `ValidatePersistentVolumeClaimSpec`.
pub fn claim_spec(spec: &Node, errors: &mut Errors) {
    let modes = spec.get("accessModes");
    if modes.is_empty() {
        errors.push(modes.required("at least 1 access mode is required"));
    }
    label_selector(&spec.get("selector"), errors);
    access_modes(&modes, errors);
    // Upstream reports the request below `resources`, without `requests`.
    let resources = spec.get("resources");
    let request = resources.get("requests").key("storage").value();
    let path = resources.path().key("storage");
    let storage = Node::at(&path, request);
    if !storage.exists() {
        errors.push(storage.required(""));
    } else {
        resources::positive(&storage, errors);
    }
    class_name(&spec.get("storageClassName"), errors);
    volume_mode(&spec.get("volumeMode"), errors);
    let (source, reference) = (spec.get("dataSource"), spec.get("dataSourceRef"));
    data_source(&source, errors);
    data_source(&reference, errors);
    if source.exists() && reference.exists() {
        // Upstream gives a path as the value, which has no fields to print.
        let mut wrong = |words: &str| errors.push(spec.with_json(FieldErrorKind::Invalid, "{}", words));
        if !reference.get("namespace").str().is_empty() {
            wrong("may not be specified when dataSourceRef.namespace is specified");
        } else if ["apiGroup", "kind", "name"]
            .iter()
            .any(|field| source.get(field).text() != reference.get(field).text())
        {
            wrong("must match dataSourceRef");
        }
    }
    class_name(&spec.get("volumeAttributesClassName"), errors);
}

fn data_source(at: &Node, errors: &mut Errors) {
    if !at.exists() {
        return;
    }
    for field in ["name", "kind"] {
        if at.get(field).str().is_empty() {
            errors.push(at.get(field).required(""));
        }
    }
    let (group, kind, namespace) = (at.get("apiGroup"), at.get("kind").str(), at.get("namespace"));
    if group.str().is_empty() {
        if kind != "PersistentVolumeClaim" {
            errors.push(at.invalid_as(kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
        }
    } else {
        meta::flaws(&group, text::dns_subdomain(group.str()), errors);
    }
    if !namespace.str().is_empty() {
        meta::flaws(&namespace, text::dns_label(namespace.str()), errors);
    }
}

const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// What may not change in a claim. Models the end of `ValidatePersistentVolumeClaimUpdate`.
pub fn claim_update(new: &Node, old: &Node, errors: &mut Errors) {
    let (spec, old_spec, status) = (new.get("spec"), old.get("spec"), new.get("status"));
    let (metadata, old_metadata) = (new.get("metadata"), old.get("metadata"));
    let (annotations, before) = (metadata.get("annotations"), old_metadata.get("annotations"));
    let (class, named_before) = (annotations.get(CLASS_ANNOTATION), before.get(CLASS_ANNOTATION));
    // The class may move from the annotation to the field.
    let moved = named_before.exists()
        && !old_spec.get("storageClassName").exists()
        && spec.get("storageClassName").text() == named_before.text()
        && (!class.exists() || class.str() == named_before.str());
    if !moved {
        meta::immutable_text(&class, &named_before, errors);
    }
    let may_be_named = moved || !named_before.exists();
    let bound = status.get("phase").str() == "Bound";
    let (mut after, mut before) =
        (spec.map().cloned().unwrap_or_default(), old_spec.map().cloned().unwrap_or_default());
    // What may change is made the same.
    let copy = |from: &Fields, to: &mut Fields, field: &str| match from.get(field) {
        Some(value) => drop(to.insert(field.to_owned(), value.clone())),
        None => drop(to.remove(field)),
    };
    if old_spec.get("volumeName").str().is_empty() {
        copy(&after, &mut before, "volumeName");
    }
    if may_be_named && !old_spec.get("storageClassName").exists() {
        after.remove("storageClassName");
    }
    if bound {
        copy(&before, &mut after, "volumeAttributesClassName");
        let kept = before.get("resources").and_then(|resources| resources.get("requests")).and_then(Value::as_object);
        let kept = kept.cloned().unwrap_or_default();
        if let Some(requests) =
            after.get_mut("resources").and_then(|r| r.get_mut("requests")).and_then(Value::as_object_mut)
        {
            copy(&kept, requests, "storage");
        }
    }
    if after != before {
        let shown = |fields: Fields| internal::claim_spec(&Value::Object(fields));
        errors.push(spec.forbidden(format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{}",
            difference::unified(&shown(before), &shown(after))
        )));
    }
    let amount = |at: &Node| at.quantity();
    let (new_resources, old_resources) = (spec.get("resources"), old_spec.get("resources"));
    let (requests, before) = (new_resources.get("requests"), old_resources.get("requests"));
    let old_status = old.get("status");
    let capacity = old_status.get("capacity");
    if let (Some(after), Some(size)) = (amount(&requests.get("storage")), amount(&before.get("storage")))
        && after < size
        && amount(&capacity.get("storage")).is_none_or(|capacity| after <= capacity)
    {
        errors.push(requests.get("storage").forbidden("field can not be less than status.capacity"));
    }
    meta::immutable(
        &Node::at(&crate::base::path::FieldPath::of("volumeMode"), spec.get("volumeMode").value()),
        &old_spec.get("volumeMode"),
        errors,
    );
    attributes_class(&spec, &old_spec, errors);
}

/// All but the metadata of a StorageClass. Models `ValidateStorageClass`.
pub fn storage_class(object: &Node, errors: &mut Errors) {
    let (provisioner, parameters) = (object.get("provisioner"), object.get("parameters"));
    if provisioner.str().is_empty() {
        errors.push(provisioner.required(""));
    } else {
        meta::flaws(&provisioner, text::qualified_name(&provisioner.str().to_lowercase()), errors);
    }
    let mut size = 0;
    if parameters.len() > 512 {
        errors.push(parameters.too_long(512));
    } else {
        for (key, value) in parameters.entries() {
            if key.is_empty() {
                errors.push(parameters.invalid_as(key, "field can not be empty"));
            }
            size += key.len() + value.str().len();
        }
        if size > 256 * 1024 {
            errors.push(parameters.too_long(256 * 1024));
        }
    }
    let (reclaim, binding) = (object.get("reclaimPolicy"), object.get("volumeBindingMode"));
    if !reclaim.str().is_empty() && !matches!(reclaim.str(), "Delete" | "Retain") {
        errors.push(reclaim.unsupported(&["Delete", "Retain"]));
    }
    match binding.text() {
        None => errors.push(binding.required("")),
        Some("Immediate" | "WaitForFirstConsumer") => {}
        Some(_) => errors.push(binding.unsupported(&["Immediate", "WaitForFirstConsumer"])),
    }
    for term in object.get("allowedTopologies").items() {
        let mut keys = BTreeSet::new();
        for expression in term.get("matchLabelExpressions").items() {
            let (key, values) = (expression.get("key"), expression.get("values"));
            if values.is_empty() {
                errors.push(values.required(""));
            }
            let mut seen = BTreeSet::new();
            for value in values.items().filter(|value| !seen.insert(value.str())) {
                errors.push(value.duplicate());
            }
            meta::label_name(&key, errors);
            if !keys.insert(key.str()) {
                errors.push(key.duplicate());
            }
        }
    }
}

/// Models `ValidateStorageClassUpdate`.
pub fn storage_class_update(new: &Node, old: &Node, errors: &mut Errors) {
    for field in ["parameters", "provisioner", "reclaimPolicy"] {
        if new.get(field).value() != old.get(field).value() {
            errors.push(new.get(field).forbidden(format!("updates to {field} are forbidden.")));
        }
    }
    meta::immutable(&new.get("volumeBindingMode"), &old.get("volumeBindingMode"), errors);
}
