//! Where containers mount volumes.

use super::sources::{local_descending_path, no_backsteps};
use super::volumes::Volumes;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use std::collections::BTreeSet;

/// Models `ValidateVolumeMounts`.
pub fn mounts(container: &Node, volumes: &Volumes, errors: &mut Vec<FieldError>) {
    let (at, devices) = (container.get("volumeMounts"), container.get("volumeDevices"));
    let mut paths = BTreeSet::new();
    for mount in at.items() {
        let (name, path) = (mount.get("name"), mount.get("mountPath"));
        let volume = volumes.get(name.str());
        if name.str().is_empty() {
            errors.push(name.required(""));
        }
        if volume.is_none() {
            errors.push(name.not_found());
        }
        if path.str().is_empty() {
            errors.push(path.required(""));
        }
        if !paths.insert(path.str()) {
            errors.push(path.invalid_as(path.str(), "must be unique"));
        }
        if devices.items().any(|device| device.get("name").str() == name.str()) {
            errors.push(name.invalid_as(name.str(), "must not already exist in volumeDevices"));
        }
        if devices.items().any(|device| device.get("devicePath").str() == path.str()) {
            errors.push(path.invalid_as(path.str(), "must not already exist as a path in volumeDevices"));
        }
        let (sub_path, sub_path_expr) = (mount.get("subPath"), mount.get("subPathExpr"));
        // Upstream reports these four at the list, not at the item.
        if !sub_path.str().is_empty() {
            local_descending_path(&at.get("subPath"), sub_path.str(), errors);
        }
        if !sub_path_expr.str().is_empty() {
            if !sub_path.str().is_empty() {
                errors.push(sub_path_expr.invalid("subPathExpr and subPath are mutually exclusive"));
            }
            local_descending_path(&at.get("subPathExpr"), sub_path_expr.str(), errors);
        }
        propagation(&at, &mount, container, errors);
        recursive_read_only(&at, &mount, errors);
    }
}

fn propagation(list: &Node, mount: &Node, container: &Node, errors: &mut Vec<FieldError>) {
    let Some(mode) = mount.get("mountPropagation").text() else { return };
    let at = list.get("mountPropagation");
    if !matches!(mode, "Bidirectional" | "HostToContainer" | "None") {
        errors.push(at.unsupported_as(mode, &["Bidirectional", "HostToContainer", "None"]));
    }
    if mode == "Bidirectional" && !container.get("securityContext").get("privileged").bool() {
        errors.push(at.forbidden("Bidirectional mount propagation is available only to privileged containers"));
    }
}

fn recursive_read_only(list: &Node, mount: &Node, errors: &mut Vec<FieldError>) {
    let Some(mode) = mount.get("recursiveReadOnly").text() else { return };
    let at = list.get("recursiveReadOnly");
    match mode {
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.get("readOnly").bool() {
                errors.push(at.forbidden("may only be specified when readOnly is true"));
            }
            if mount.get("mountPropagation").text().is_some_and(|mode| mode != "None") {
                errors.push(at.forbidden("may only be specified when mountPropagation is None or not specified"));
            }
        }
        other => errors.push(at.unsupported_as(other, &["Disabled", "Enabled", "IfPossible"])),
    }
}

/// Models `ValidateVolumeDevices`.
pub fn devices(container: &Node, volumes: &Volumes, errors: &mut Vec<FieldError>) {
    let mounts = container.get("volumeMounts");
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for device in container.get("volumeDevices").items() {
        let (name, path) = (device.get("name"), device.get("devicePath"));
        if name.str().is_empty() {
            errors.push(name.required(""));
        }
        if names.contains(name.str()) {
            errors.push(name.invalid("must be unique"));
        }
        match volumes.get(name.str()) {
            Some(volume) if volume.get("persistentVolumeClaim").is_none() && volume.get("ephemeral").is_none() => {
                errors.push(
                    name.invalid(
                        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
                    ),
                );
            }
            Some(_) => {}
            None => errors.push(name.not_found()),
        }
        if path.str().is_empty() {
            errors.push(path.required(""));
        }
        if paths.contains(path.str()) {
            errors.push(path.invalid("must be unique"));
        }
        if !no_backsteps(path.str()) {
            errors.push(path.invalid("can not contain backsteps ('..')"));
        } else {
            paths.insert(path.str());
        }
        if mounts.items().any(|mount| mount.get("name").str() == name.str()) {
            errors.push(name.invalid("must not already exist in volumeMounts"));
        }
        if mounts.items().any(|mount| mount.get("mountPath").str() == path.str()) {
            errors.push(path.invalid("must not already exist as a path in volumeMounts"));
        }
        if !name.str().is_empty() {
            names.insert(name.str());
        }
    }
}
