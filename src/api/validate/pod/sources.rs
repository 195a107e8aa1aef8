//! The sources of volumes, one function each.

use super::env;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::selector::label_selector;
use crate::api::validate::{meta, storage, text};
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

pub fn required(at: &Node, fields: &[&str], errors: &mut Errors) {
    for field in fields {
        if at.get(field).is_empty() {
            errors.push(at.get(field).required(""));
        }
    }
}

fn mode(at: &Node, errors: &mut Errors) {
    if at.number().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        errors.push(at.invalid(MODE));
    }
}

fn range(at: &Node, low: i64, high: i64, words: &str, errors: &mut Errors) {
    if !(low..=high).contains(&at.int()) {
        errors.push(at.invalid(words));
    }
}

/// Whether no element of the path is `..`.
pub fn no_backsteps(path: &str) -> bool {
    path.split('/').all(|item| item != "..")
}

fn backsteps(at: &Node, path: &str, errors: &mut Errors) {
    if !no_backsteps(path) {
        errors.push(at.invalid_as(path, "must not contain '..'"));
    }
}

/// Models `validateLocalDescendingPath`.
pub fn local_descending_path(at: &Node, path: &str, errors: &mut Errors) {
    if path.starts_with('/') {
        errors.push(at.invalid_as(path, "must be a relative path"));
    }
    backsteps(at, path, errors);
}

/// Models `ValidateLocalNonReservedPath`.
pub fn local_path(at: &Node, path: &str, errors: &mut Errors) {
    local_descending_path(at, path, errors);
    if path.starts_with("..") && !path.starts_with("../") {
        errors.push(at.invalid_as(path, "must not start with '..'"));
    }
}

pub fn host_path(at: &Node, errors: &mut Errors) {
    let path = at.get("path");
    if path.str().is_empty() {
        errors.push(path.required(""));
        return;
    }
    backsteps(&path, path.str(), errors);
    const TYPES: [&str; 8] =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    let kind = at.get("type");
    if kind.text().is_some_and(|kind| !TYPES.contains(&kind)) {
        errors.push(kind.unsupported(&TYPES));
    }
}

pub fn git_repo(at: &Node, errors: &mut Errors) {
    required(at, &["repository"], errors);
    local_descending_path(&at.get("directory"), at.get("directory").str(), errors);
}

pub fn gce(at: &Node, errors: &mut Errors) {
    required(at, &["pdName"], errors);
    range(&at.get("partition"), 0, 255, &text::inclusive_range(1, 255), errors);
}

pub fn aws(at: &Node, errors: &mut Errors) {
    required(at, &["volumeID"], errors);
    range(&at.get("partition"), 0, 255, &text::inclusive_range(1, 255), errors);
}

pub fn secret(at: &Node, errors: &mut Errors) {
    required(at, &["secretName"], errors);
    mode(&at.get("defaultMode"), errors);
    for item in at.get("items").items() {
        key_to_path(&item, errors);
    }
}

pub fn config_map(at: &Node, errors: &mut Errors) {
    required(at, &["name"], errors);
    mode(&at.get("defaultMode"), errors);
    for item in at.get("items").items() {
        key_to_path(&item, errors);
    }
}

fn key_to_path(at: &Node, errors: &mut Errors) {
    required(at, &["key", "path"], errors);
    local_path(&at.get("path"), at.get("path").str(), errors);
    mode(&at.get("mode"), errors);
}

pub fn nfs(at: &Node, errors: &mut Errors) {
    required(at, &["server", "path"], errors);
    if !at.get("path").str().starts_with('/') {
        errors.push(at.get("path").invalid_as(at.get("path").str(), "must be an absolute path"));
    }
}

/// Models `validateISCSIVolumeSource`; what is said of a name that begins wrongly differs from that of a PersistentVolume.
pub fn iscsi(at: &Node, errors: &mut Errors) {
    iscsi_source(at, "must be valid format starting with iqn, eui, or naa", errors);
}

pub fn iscsi_source(at: &Node, beginning: &str, errors: &mut Errors) {
    required(at, &["targetPortal", "iqn"], errors);
    let iqn = at.get("iqn");
    if !iqn.str().is_empty() {
        iscsi_name(&iqn, iqn.str(), beginning, errors);
    }
    range(&at.get("lun"), 0, 255, &text::inclusive_range(0, 255), errors);
    let authenticated = at.get("chapAuthDiscovery").bool() || at.get("chapAuthSession").bool();
    if authenticated && !at.get("secretRef").exists() {
        errors.push(at.get("secretRef").required(""));
    }
    if let Some(name) = at.get("initiatorName").text() {
        iscsi_name(&at.get("initiatorname"), name, beginning, errors);
    }
}

/// `iqn.2015-02.example.com:test`, or 16 or 32 characters after `eui.` and `naa.`.
fn iscsi_name(at: &Node, name: &str, beginning: &str, errors: &mut Errors) {
    let alphanumeric =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let fine = match name.get(..3) {
        Some("iqn") => is_iqn(name),
        // The dot of these two patterns stands for any character.
        Some("eui") => name.get(4..).is_some_and(|rest| alphanumeric(rest, 16)),
        Some("naa") => name.get(4..).is_some_and(|rest| alphanumeric(rest, 32)),
        _ => return errors.push(at.invalid_as(name, beginning)),
    };
    if !fine {
        errors.push(at.invalid_as(name, "must be valid format"));
    }
}

/// Models `iscsiInitiatorIqnRegex`.
fn is_iqn(name: &str) -> bool {
    let digits = |range| name.get(range).is_some_and(|text: &str| text.bytes().all(|b| b.is_ascii_digit()));
    let Some((host, unit)) = name.get(12..).and_then(|rest| rest.split_once(':')) else { return false };
    name.get(3..4) == Some(".")
        && name.get(8..9) == Some("-")
        && name.get(11..12) == Some(".")
        && digits(4..8)
        && digits(9..11)
        && !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        && !unit.is_empty()
        && !unit.contains(|c: char| c.is_whitespace() || ",;*&$|".contains(c))
}

pub fn glusterfs(at: &Node, errors: &mut Errors) {
    required(at, &["endpoints", "path"], errors);
}

pub fn flocker(at: &Node, errors: &mut Errors) {
    let (name, uuid) = (at.get("datasetName"), at.get("datasetUUID"));
    if name.str().is_empty() && uuid.str().is_empty() {
        errors.push(at.required("one of datasetName and datasetUUID is required"));
    }
    if !name.str().is_empty() && !uuid.str().is_empty() {
        errors.push(at.invalid_as("resource", "datasetName and datasetUUID can not be specified simultaneously"));
    }
    if name.str().contains('/') {
        errors.push(name.invalid("must not contain '/'"));
    }
}

pub fn claim(at: &Node, errors: &mut Errors) {
    required(at, &["claimName"], errors);
}

pub fn rbd(at: &Node, errors: &mut Errors) {
    required(at, &["monitors", "image"], errors);
}

pub fn cinder(at: &Node, errors: &mut Errors) {
    required(at, &["volumeID"], errors);
    if at.get("secretRef").exists() {
        required(&at.get("secretRef"), &["name"], errors);
    }
}

pub fn cephfs(at: &Node, errors: &mut Errors) {
    required(at, &["monitors"], errors);
}

pub fn quobyte(at: &Node, errors: &mut Errors) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let (registry, tenant) = (at.get("registry"), at.get("tenant"));
    if registry.str().is_empty() {
        errors.push(registry.required(PAIRS));
    } else if tenant.str().len() >= 65 {
        errors.push(tenant.required("must be a UUID and may not exceed a length of 64 characters"));
    } else {
        for _ in registry.str().split(',').filter(|pair| !is_host_and_port(pair)) {
            errors.push(registry.invalid(PAIRS));
        }
    }
    required(at, &["volume"], errors);
}

/// Models Go's `net.SplitHostPort`: one colon, or a host in brackets before the last one.
fn is_host_and_port(text: &str) -> bool {
    match text.strip_prefix('[') {
        Some(rest) => {
            rest.split_once("]:").is_some_and(|(host, port)| !host.contains('[') && !port.contains([':', ']']))
        }
        None => text.matches(':').count() == 1 && !text.contains(['[', ']']),
    }
}

pub fn downward_api(at: &Node, errors: &mut Errors) {
    mode(&at.get("defaultMode"), errors);
    for file in at.get("items").items() {
        downward_file(at, &file, errors);
    }
}

/// Upstream reports a file's errors at the volume, not at the item.
fn downward_file(at: &Node, file: &Node, errors: &mut Errors) {
    let path = file.get("path").str();
    if path.is_empty() {
        errors.push(at.get("path").required(""));
    }
    local_path(&at.get("path"), path, errors);
    let base = at.path();
    let (field, resource) = (file.get("fieldRef"), file.get("resourceFieldRef"));
    if field.exists() {
        env::field_ref(&Node::at(&base.child("fieldRef"), field.value()), &env::VOLUME_FIELDS, errors);
        if resource.exists() {
            errors.push(at.invalid_as("resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
        }
    } else if resource.exists() {
        env::resource_field_ref(&Node::at(&base.child("resourceFieldRef"), resource.value()), true, errors);
    } else {
        errors.push(at.required("one of fieldRef and resourceFieldRef is required"));
    }
    mode(&Node::at(&base.child("mode"), file.get("mode").value()), errors);
}

pub fn fc(at: &Node, errors: &mut Errors) {
    let (names, ids, lun) = (at.get("targetWWNs"), at.get("wwids"), at.get("lun"));
    if names.is_empty() && ids.is_empty() {
        errors.push(names.required("must specify either targetWWNs or wwids, but not both"));
    }
    if !names.is_empty() && !ids.is_empty() {
        errors.push(names.invalid("targetWWNs and wwids can not be specified simultaneously"));
    }
    if !names.is_empty() {
        if lun.exists() {
            range(&lun, 0, 255, &text::inclusive_range(0, 255), errors);
        } else {
            errors.push(lun.required("lun is required if targetWWNs is specified"));
        }
    }
}

pub fn flex(at: &Node, errors: &mut Errors) {
    required(at, &["driver"], errors);
    for (key, option) in at.get("options").entries() {
        let domain = format!(".{}", key.split_once('/').map_or(key, |(domain, _)| domain).to_lowercase());
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            errors.push(option.invalid_as(key, "kubernetes.io and k8s.io namespaces are reserved"));
        }
    }
}

pub fn azure_file(at: &Node, errors: &mut Errors) {
    required(at, &["secretName", "shareName"], errors);
}

pub fn vsphere(at: &Node, errors: &mut Errors) {
    required(at, &["volumePath"], errors);
}

pub fn photon(at: &Node, errors: &mut Errors) {
    required(at, &["pdID"], errors);
}

pub fn portworx(at: &Node, errors: &mut Errors) {
    required(at, &["volumeID"], errors);
}

pub fn azure_disk(at: &Node, errors: &mut Errors) {
    required(at, &["diskName", "diskURI"], errors);
    for (field, supported) in
        [("cachingMode", ["None", "ReadOnly", "ReadWrite"]), ("kind", ["Dedicated", "Managed", "Shared"])]
    {
        if at.get(field).text().is_some_and(|word| !supported.contains(&word)) {
            errors.push(at.get(field).unsupported(&supported));
        }
    }
    let uri = at.get("diskURI");
    let (prefix, supported) = match at.get("kind").text() {
        Some("Managed") => (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        ),
        Some(_) => ("https://", "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"),
        None => return,
    };
    if !uri.str().starts_with(prefix) {
        errors.push(uri.unsupported(&[supported]));
    }
}

pub fn storageos(at: &Node, errors: &mut Errors) {
    let (name, namespace) = (at.get("volumeName"), at.get("volumeNamespace"));
    if name.str().is_empty() {
        errors.push(name.required(""));
    } else {
        meta::flaws(&name, text::dns_label(name.str()), errors);
    }
    if !namespace.str().is_empty() {
        meta::flaws(&namespace, text::dns_label(namespace.str()), errors);
    }
    if at.get("secretRef").exists() {
        required(&at.get("secretRef"), &["name"], errors);
    }
}

pub fn scale_io(at: &Node, errors: &mut Errors) {
    required(at, &["gateway", "system", "volumeName"], errors);
}

pub fn local(at: &Node, errors: &mut Errors) {
    let path = at.get("path");
    if path.str().is_empty() {
        errors.push(path.required(""));
    } else {
        backsteps(&path, path.str(), errors);
    }
}

/// Models `ValidateCSIDriverName`.
pub fn csi_driver(at: &Node, errors: &mut Errors) {
    let name = at.str();
    if name.is_empty() {
        errors.push(at.required(""));
    }
    if name.len() > 63 {
        errors.push(at.too_long(63));
    }
    meta::flaws(at, text::dns_subdomain(&name.to_lowercase()), errors);
}

pub fn csi(at: &Node, errors: &mut Errors) {
    csi_driver(&at.get("driver"), errors);
    let secret = at.get("nodePublishSecretRef");
    if secret.exists() {
        let name = secret.get("name").str();
        if name.is_empty() {
            errors.push(secret.get("name").required(""));
        } else {
            errors.extend(text::dns_subdomain(name).into_iter().map(|flaw| at.get("name").invalid_as(name, flaw)));
        }
    }
}

pub fn ephemeral(at: &Node, errors: &mut Errors) {
    let template = at.get("volumeClaimTemplate");
    if !template.exists() {
        errors.push(template.required(""));
        return;
    }
    let metadata = template.get("metadata");
    meta::annotations(&metadata.get("annotations"), errors);
    meta::labels(&metadata.get("labels"), errors);
    for (field, entry) in metadata.entries() {
        if !matches!(field, "annotations" | "labels") && !entry.is_empty() {
            errors.push(metadata.get(field).forbidden("cannot be set"));
        }
    }
    storage::claim_spec(&template.get("spec"), errors);
}

/// Models `validateProjectionSources`.
pub fn projected(at: &Node, errors: &mut Errors) {
    mode(&at.get("defaultMode"), errors);
    let mut paths = BTreeSet::new();
    let mut conflict = |path: &str, value: &str, errors: &mut Errors| {
        if !path.is_empty() && !paths.insert(path.to_owned()) {
            errors.push(at.invalid_as(value, "conflicting duplicate paths"));
        }
    };
    for source in at.get("sources").items() {
        let mut kinds = 0;
        for kind in ["secret", "configMap"] {
            let projection = source.get(kind);
            if !projection.exists() {
                continue;
            }
            kinds += 1;
            required(&projection, &["name"], errors);
            for item in projection.get("items").items() {
                key_to_path(&item, errors);
                conflict(item.get("path").str(), projection.get("name").str(), errors);
            }
        }
        let downward = source.get("downwardAPI");
        if downward.exists() {
            kinds += 1;
            for file in downward.get("items").items() {
                downward_file(&downward, &file, errors);
                conflict(file.get("path").str(), file.get("path").str(), errors);
            }
        }
        let token = source.get("serviceAccountToken");
        if token.exists() {
            kinds += 1;
            token_projection(at, &token, errors);
        }
        let bundle = source.get("clusterTrustBundle");
        if bundle.exists() {
            kinds += 1;
            trust_bundle(&bundle, errors);
            conflict(bundle.get("path").str(), bundle.get("path").str(), errors);
        }
        kinds += i32::from(source.get("podCertificate").exists());
        if kinds > 1 {
            errors.push(source.forbidden("may not specify more than 1 volume type per source"));
        }
    }
}

fn token_projection(volume: &Node, at: &Node, errors: &mut Errors) {
    let seconds = at.get("expirationSeconds");
    if seconds.int() < 600 {
        errors.push(seconds.invalid_as(seconds.int(), "may not specify a duration less than 10 minutes"));
    }
    if seconds.int() > 1 << 32 {
        errors.push(seconds.invalid("may not specify a duration larger than 2^32 seconds"));
    }
    // The path is reported at the volume, as upstream does.
    match at.get("path").str() {
        "" => errors.push(volume.get("path").required("")),
        path => local_path(&volume.get("path"), path, errors),
    }
}

fn trust_bundle(at: &Node, errors: &mut Errors) {
    match (at.get("name").text(), at.get("signerName").text()) {
        (Some(_), Some(_)) => errors.push(at.invalid("only one of name and signerName may be used")),
        (Some(name), None) => {
            if name.is_empty() {
                errors.push(at.get("name").required("must be a valid object name"));
            }
            if at.get("labelSelector").exists() {
                errors.push(at.get("labelSelector").invalid("labelSelector must be unset if name is specified"));
            }
        }
        (None, Some(signer)) => {
            if signer.is_empty() {
                errors.push(at.get("signerName").required("must be a valid signer name"));
            }
            label_selector(&at.get("labelSelector"), errors);
        }
        (None, None) => errors.push(at.required("either name or signerName must be specified")),
    }
    required(at, &["path"], errors);
    local_path(&at.get("path"), at.get("path").str(), errors);
}
