//! Environment variables, and the fields of the pod that can be read from inside.

use super::sources::local_path;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::names::mask_trailing_dash;
use crate::api::validate::{meta, text};

const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// The fields that a downward API volume can show.
pub const VOLUME_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const BYTE_DIVISORS: [&str; 13] = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// Models `ValidateEnv`.
pub fn env(at: &Node, errors: &mut Vec<FieldError>) {
    for variable in at.items() {
        let name = variable.get("name");
        if name.str().is_empty() {
            errors.push(name.required(""));
        } else {
            meta::flaws(&name, text::env_name(name.str()), errors);
        }
        if variable.get("valueFrom").exists() {
            value_from(&variable, errors);
        }
    }
}

/// Models `validateEnvVarValueFrom`.
fn value_from(variable: &Node, errors: &mut Vec<FieldError>) {
    let at = variable.get("valueFrom");
    let mut sources = 0;
    for kind in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let source = at.get(kind);
        if !source.exists() {
            continue;
        }
        sources += 1;
        match kind {
            "fieldRef" => field_ref(&source, &ENV_FIELDS, errors),
            "resourceFieldRef" => resource_field_ref(&source, false, errors),
            "fileKeyRef" => file_key(&source, errors),
            _ => key_selector(&source, errors),
        }
    }
    if sources == 0 {
        errors.push(at.invalid_as(
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        ));
    } else if !variable.get("value").str().is_empty() {
        errors.push(at.invalid_as("", "may not be specified when `value` is not empty"));
    } else if sources > 1 {
        errors.push(at.invalid_as("", "may not have more than one field specified at a time"));
    }
}

fn key_selector(at: &Node, errors: &mut Vec<FieldError>) {
    meta::flaws(&at.get("name"), text::dns_subdomain(at.get("name").str()), errors);
    let key = at.get("key");
    if key.str().is_empty() {
        errors.push(key.required(""));
    } else {
        meta::flaws(&key, text::config_key(key.str()), errors);
    }
}

fn file_key(at: &Node, errors: &mut Vec<FieldError>) {
    for field in ["key", "volumeName", "path"] {
        let named = at.get(field);
        match (field, named.str()) {
            (_, "") => errors.push(named.required("")),
            ("key", key) => meta::flaws(&named, text::env_name(key), errors),
            ("path", path) => local_path(&named, path, errors),
            _ => {}
        }
    }
}

/// Models `validateObjectFieldSelector`.
pub fn field_ref(at: &Node, allowed: &[&str], errors: &mut Vec<FieldError>) {
    for field in ["apiVersion", "fieldPath"] {
        if at.get(field).str().is_empty() {
            errors.push(at.get(field).required(""));
            return;
        }
    }
    let (version, field) = (at.get("apiVersion").str(), at.get("fieldPath"));
    if version != "v1" {
        let detail = format!("error converting fieldPath: unsupported pod version: {version}");
        errors.push(field.invalid(detail));
        return;
    }
    match field.str().strip_suffix(']').and_then(|path| path.split_once("['")) {
        Some((path, subscript)) => {
            let key = subscript.strip_suffix('\'').unwrap_or(subscript);
            match path {
                "metadata.annotations" => {
                    let key = key.to_lowercase();
                    errors.extend(text::qualified_name(&key).into_iter().map(|flaw| at.invalid_as(key.as_str(), flaw)));
                }
                "metadata.labels" => {
                    errors.extend(text::qualified_name(key).into_iter().map(|flaw| at.invalid_as(key, flaw)));
                }
                path if is_field_label(path) => errors.push(at.invalid_as(path, "does not support subscript")),
                _ => errors.push(not_convertible(&field)),
            }
        }
        None if !is_field_label(field.str()) => errors.push(not_convertible(&field)),
        None if !allowed.contains(&field.str()) => errors.push(field.unsupported(allowed)),
        None => {}
    }
}

fn not_convertible(field: &Node) -> FieldError {
    field.invalid(format!("error converting fieldPath: field label not supported: {}", field.str()))
}

/// Models `podshelper.ConvertDownwardAPIFieldLabel`.
fn is_field_label(path: &str) -> bool {
    matches!(
        path,
        "metadata.annotations"
            | "metadata.labels"
            | "metadata.name"
            | "metadata.namespace"
            | "metadata.uid"
            | "spec.nodeName"
            | "spec.restartPolicy"
            | "spec.serviceAccountName"
            | "spec.schedulerName"
            | "status.phase"
            | "status.hostIP"
            | "status.hostIPs"
            | "status.podIP"
            | "status.podIPs"
            | "spec.host"
    )
}

/// Models `validateContainerResourceFieldSelector`.
pub fn resource_field_ref(at: &Node, in_volume: bool, errors: &mut Vec<FieldError>) {
    let resource = at.get("resource");
    let hugepages =
        ["requests.hugepages-", "limits.hugepages-"].iter().any(|prefix| resource.str().starts_with(prefix));
    if in_volume && at.get("containerName").str().is_empty() {
        errors.push(at.get("containerName").required(""));
    } else if resource.str().is_empty() {
        errors.push(resource.required(""));
    } else if !RESOURCES.contains(&resource.str()) && !hugepages {
        errors.push(resource.unsupported(&RESOURCES));
    }
    let divisor = at.get("divisor");
    let Some(amount) = divisor.quantity().filter(|amount| !amount.is_zero()) else { return };
    let (allowed, what): (&[&str], &str) = match resource.str() {
        "limits.cpu" | "requests.cpu" => {
            (&["1m", "1"], "only divisor's values 1m and 1 are supported with the cpu resource")
        }
        "limits.memory" | "requests.memory" => (&BYTE_DIVISORS, "memory resource"),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => {
            (&BYTE_DIVISORS, "local ephemeral storage resource")
        }
        _ if hugepages => (&BYTE_DIVISORS, "hugepages resource"),
        _ => return,
    };
    if !allowed.contains(&amount.to_string().as_str()) {
        let detail = if what.starts_with("only") {
            what.to_owned()
        } else {
            format!("only divisor's values {} are supported with the {what}", BYTE_DIVISORS.join(", "))
        };
        errors.push(divisor.invalid_as(resource.str(), detail));
    }
}

/// Models `ValidateEnvFrom`.
pub fn env_from(at: &Node, errors: &mut Vec<FieldError>) {
    for source in at.items() {
        let prefix = source.get("prefix");
        if !prefix.str().is_empty() {
            meta::flaws(&prefix, text::env_name(prefix.str()), errors);
        }
        let mut sources = 0;
        for kind in ["configMapRef", "secretRef"] {
            let reference = source.get(kind);
            if !reference.exists() {
                continue;
            }
            sources += 1;
            let name = reference.get("name");
            if name.str().is_empty() {
                errors.push(name.required(""));
            } else {
                meta::flaws(&name, text::dns_subdomain(&mask_trailing_dash(name.str())), errors);
            }
        }
        match sources {
            0 => errors.push(at.invalid_as("", "must specify one of: `configMapRef` or `secretRef`")),
            1 => {}
            _ => errors.push(at.invalid_as("", "may not have more than one field specified at a time")),
        }
    }
}
