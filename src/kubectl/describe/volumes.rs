//! Volumes of pods, and the sources of PersistentVolumes. Written on JSON, as a table of kinds.

use super::{Text, list_of, text_of, true_or_false};
use crate::base::Value;
use crate::kubectl::gofmt;

/// A kind of volume: its field, what its type is called, what that is, and the lines that follow.
struct Source {
    field: &'static str,
    name: &'static str,
    meaning: &'static str,
    lines: &'static [Line],
}

/// A line: its title, the field, and what stands there when the field is absent.
type Line = (&'static str, &'static str, &'static str);

const READ_ONLY: Line = ("ReadOnly", "readOnly", "false");
const OPTIONAL: Line = ("Optional", "optional", "false");

/// In the order in which kubectl looks for them.
const SOURCES: [Source; 12] = [
    Source {
        field: "hostPath",
        name: "HostPath",
        meaning: "bare host directory volume",
        lines: &[("Path", "path", ""), ("HostPathType", "type", "<none>")],
    },
    Source {
        field: "emptyDir",
        name: "EmptyDir",
        meaning: "a temporary directory that shares a pod's lifetime",
        lines: &[("Medium", "medium", ""), ("SizeLimit", "sizeLimit", "<unset>")],
    },
    Source {
        field: "secret",
        name: "Secret",
        meaning: "a volume populated by a Secret",
        lines: &[("SecretName", "secretName", ""), OPTIONAL],
    },
    Source {
        field: "configMap",
        name: "ConfigMap",
        meaning: "a volume populated by a ConfigMap",
        lines: &[("Name", "name", ""), OPTIONAL],
    },
    Source {
        field: "nfs",
        name: "NFS",
        meaning: "an NFS mount that lasts the lifetime of a pod",
        lines: &[("Server", "server", ""), ("Path", "path", ""), READ_ONLY],
    },
    Source {
        field: "persistentVolumeClaim",
        name: "PersistentVolumeClaim",
        meaning: "a reference to a PersistentVolumeClaim in the same namespace",
        lines: &[("ClaimName", "claimName", ""), READ_ONLY],
    },
    Source {
        field: "ephemeral",
        name: "EphemeralVolume",
        meaning: "an inline specification for a volume that gets created and deleted with the pod",
        lines: &[],
    },
    Source {
        field: "downwardAPI",
        name: "DownwardAPI",
        meaning: "a volume populated by information about the pod",
        lines: &[],
    },
    Source {
        field: "projected",
        name: "Projected",
        meaning: "a volume that contains injected data from multiple sources",
        lines: &[],
    },
    Source {
        field: "local",
        name: "LocalVolume",
        meaning: "a persistent volume backed by local storage on a node",
        lines: &[("Path", "path", "")],
    },
    Source {
        field: "csi",
        name: "CSI",
        meaning: "a Container Storage Interface (CSI) volume source",
        lines: &[("Driver", "driver", ""), ("FSType", "fsType", ""), ("VolumeHandle", "volumeHandle", ""), READ_ONLY],
    },
    Source {
        field: "image",
        name: "Image",
        meaning: "a container image or OCI artifact",
        lines: &[("Reference", "reference", ""), ("PullPolicy", "pullPolicy", "")],
    },
];

/// Models `describeVolumes`.
pub(super) fn volumes(volumes: &[Value], space: &str, text: &mut Text) {
    if volumes.is_empty() {
        text.line(0, format_args!("{space}Volumes:\t<none>"));
        return;
    }
    text.line(0, format_args!("{space}Volumes:"));
    for volume in volumes {
        let indent = if space.is_empty() { "" } else { " " };
        text.line(1, format_args!("{indent}{}:", text_of(volume, "name")));
        source(volume, false, text);
    }
}

/// What a volume is made of; `persistent` for a PersistentVolume, which says a little more.
pub(super) fn source(volume: &Value, persistent: bool, text: &mut Text) {
    let found = SOURCES.iter().find_map(|source| Some((source, volume.get(source.field)?)));
    let Some((source, value)) = found else { return text.line(1, "<unknown>") };
    text.line(2, format_args!("Type:\t{} ({})", source.name, source.meaning));
    for (title, field, absent) in source.lines {
        if *field == "volumeHandle" && !persistent {
            continue;
        }
        let shown = value.get(field).map_or(String::new(), gofmt::sprint);
        text.line(2, format_args!("{title}:\t{}", if shown.is_empty() { absent } else { shown.as_str() }));
    }
    match source.field {
        "csi" => attributes(value, text),
        "ephemeral" => template(value, text),
        "downwardAPI" => items(value, text),
        "projected" => list_of(value, "sources").iter().for_each(|source| projection(source, text)),
        _ => {}
    }
}

/// Models `printCSIPersistentVolumeAttributesMultiline`.
fn attributes(value: &Value, text: &mut Text) {
    let attributes = value.get("volumeAttributes").and_then(Value::as_object);
    let lines: Vec<String> =
        attributes.into_iter().flatten().map(|(key, value)| format!("{key}={}", gofmt::sprint(value))).collect();
    match lines.split_first() {
        None => text.line(2, "VolumeAttributes:\t<none>"),
        Some((first, rest)) => {
            text.line(2, format_args!("VolumeAttributes:\t    {first}"));
            rest.iter().for_each(|line| text.line(2, format_args!("    \t    {line}")));
        }
    }
}

/// The claim that an ephemeral volume makes. Models `printPersistentVolumeClaim`, of a template.
fn template(value: &Value, text: &mut Text) {
    let Some(template) = value.get("volumeClaimTemplate") else { return };
    let field = |pointer: &str| template.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    text.line(2, format_args!("StorageClass:\t{}", field("/spec/storageClassName")));
    text.line(2, format_args!("Volume:\t{}", field("/spec/volumeName")));
    for (title, pointer, between) in
        [("Labels", "/metadata/labels", "="), ("Annotations", "/metadata/annotations", ": ")]
    {
        let pairs = template.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
        let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}{between}{}", gofmt::sprint(value))).collect();
        let shown = if pairs.is_empty() { "<none>".to_owned() } else { pairs.join("\n    \t") };
        text.line(2, format_args!("{title}:\t{shown}"));
    }
    text.line(2, "Capacity:\t");
    text.line(2, "Access Modes:\t");
    if !field("/spec/volumeMode").is_empty() {
        text.line(2, format_args!("VolumeMode:\t{}", field("/spec/volumeMode")));
    }
}

/// Models `printDownwardAPIVolumeSource`.
fn items(value: &Value, text: &mut Text) {
    text.line(2, "Items:");
    for item in list_of(value, "items") {
        for (reference, field) in [("fieldRef", "fieldPath"), ("resourceFieldRef", "resource")] {
            if let Some(reference) = item.get(reference) {
                text.line(3, format_args!("{} -> {}", text_of(reference, field), text_of(item, "path")));
            }
        }
    }
}

fn projection(source: &Value, text: &mut Text) {
    let optional = |value: &Value| true_or_false(value.get("optional"));
    if let Some(secret) = source.get("secret") {
        text.line(2, format_args!("SecretName:\t{}", text_of(secret, "name")));
        text.line(2, format_args!("Optional:\t{}", optional(secret)));
    } else if source.get("downwardAPI").is_some() {
        text.line(2, "DownwardAPI:\ttrue");
    } else if let Some(map) = source.get("configMap") {
        text.line(2, format_args!("ConfigMapName:\t{}", text_of(map, "name")));
        text.line(2, format_args!("Optional:\t{}", optional(map)));
    } else if let Some(token) = source.get("serviceAccountToken") {
        let seconds = token.get("expirationSeconds").and_then(Value::as_i64).unwrap_or(3600);
        text.line(2, format_args!("TokenExpirationSeconds:\t{seconds}"));
    }
}
