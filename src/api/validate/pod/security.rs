//! Security contexts of pods and containers.

use super::os;
use super::sources::local_descending_path;
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::{GO_TEXT, GoShape, GoStruct, Node};
use crate::api::validate::text;
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

fn unix_id(at: &Node, errors: &mut Errors) {
    if let Some(id) = at.number() {
        errors.extend(text::unix_id(id).into_iter().map(|flaw| at.invalid(flaw)));
    }
}

fn one_of(at: &Node, supported: &[&str], errors: &mut Errors) {
    if at.text().is_some_and(|word| !supported.contains(&word)) {
        errors.push(at.unsupported(supported));
    }
}

/// Models `validatePodSpecSecurityContext`.
pub fn pod(spec: &Node, errors: &mut Errors) {
    let at = spec.get("securityContext");
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        unix_id(&at.get(field), errors);
    }
    for group in at.get("supplementalGroups").items() {
        unix_id(&group, errors);
    }
    if spec.get("hostPID").bool() && spec.get("shareProcessNamespace").bool() {
        errors.push(
            at.get("shareProcessNamespace")
                .invalid_as(true, "ShareProcessNamespace and HostPID cannot both be enabled"),
        );
    }
    sysctls(spec, &at.get("sysctls"), errors);
    one_of(&at.get("fsGroupChangePolicy"), &["Always", "OnRootMismatch"], errors);
    seccomp(&at.get("seccompProfile"), errors);
    os::windows_options(&at.get("windowsOptions"), errors);
    app_armor(&at.get("appArmorProfile"), errors);
    one_of(&at.get("supplementalGroupsPolicy"), &["Merge", "Strict"], errors);
    one_of(&at.get("seLinuxChangePolicy"), &["MountOption", "Recursive"], errors);
}

/// Models `validateHostUsers`.
pub fn host_users(spec: &Node, errors: &mut Errors) {
    if spec.get("hostUsers").flag() != Some(false) {
        return;
    }
    for (field, reported) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if spec.get(field).bool() {
            errors.push(spec.get(reported).forbidden("when `pod.Spec.HostUsers` is false"));
        }
    }
}

fn sysctl_name(name: &str) -> bool {
    let edge = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let part = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().is_some_and(edge)
            && bytes.last().is_some_and(edge)
            && bytes.iter().all(|b| edge(b) || *b == b'-' || *b == b'_')
    };
    name.len() <= 253 && name.split(['.', '/']).all(part)
}

fn sysctls(spec: &Node, at: &Node, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for sysctl in at.items() {
        let name = sysctl.get("name");
        if name.str().is_empty() {
            errors.push(name.required(""));
        } else if !sysctl_name(name.str()) {
            errors.push(name.invalid(
                r"must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            ));
        } else if seen.contains(name.str()) {
            errors.push(name.duplicate());
        }
        let dotted = name.str().replace('/', ".");
        let of_ipc = dotted.starts_with("kernel.shm")
            || dotted.starts_with("kernel.msg")
            || dotted == "kernel.sem"
            || dotted.starts_with("fs.mqueue.");
        if spec.get("hostNetwork").bool() && dotted.starts_with("net.") {
            errors.push(name.invalid("may not be specified when 'hostNetwork' is true"));
        } else if spec.get("hostIPC").bool() && of_ipc {
            errors.push(name.invalid("may not be specified when 'hostIPC' is true"));
        }
        seen.insert(name.str());
    }
}

/// The fields of the internal `SeccompProfile`, and of `AppArmorProfile`.
const PROFILE: GoStruct = &[("Type", "type", GO_TEXT), ("LocalhostProfile", "localhostProfile", GoShape::Plain)];

/// The fields of the internal `SecurityContext`.
const CONTEXT: GoStruct = &[
    (
        "Capabilities",
        "capabilities",
        GoShape::Struct(&[("Add", "add", GoShape::Plain), ("Drop", "drop", GoShape::Plain)]),
    ),
    ("Privileged", "privileged", GoShape::Plain),
    (
        "SELinuxOptions",
        "seLinuxOptions",
        GoShape::Struct(&[
            ("User", "user", GO_TEXT),
            ("Role", "role", GO_TEXT),
            ("Type", "type", GO_TEXT),
            ("Level", "level", GO_TEXT),
        ]),
    ),
    (
        "WindowsOptions",
        "windowsOptions",
        GoShape::Struct(&[
            ("GMSACredentialSpecName", "gmsaCredentialSpecName", GoShape::Plain),
            ("GMSACredentialSpec", "gmsaCredentialSpec", GoShape::Plain),
            ("RunAsUserName", "runAsUserName", GoShape::Plain),
            ("HostProcess", "hostProcess", GoShape::Plain),
        ]),
    ),
    ("RunAsUser", "runAsUser", GoShape::Plain),
    ("RunAsGroup", "runAsGroup", GoShape::Plain),
    ("RunAsNonRoot", "runAsNonRoot", GoShape::Plain),
    ("ReadOnlyRootFilesystem", "readOnlyRootFilesystem", GoShape::Plain),
    ("AllowPrivilegeEscalation", "allowPrivilegeEscalation", GoShape::Plain),
    ("ProcMount", "procMount", GoShape::Plain),
    ("SeccompProfile", "seccompProfile", GoShape::Struct(PROFILE)),
    ("AppArmorProfile", "appArmorProfile", GoShape::Struct(PROFILE)),
];

/// Models `ValidateSecurityContext`.
pub fn container(at: &Node, host_users: bool, allow_privileged: bool, errors: &mut Errors) {
    if at.get("privileged").bool() && !allow_privileged {
        errors.push(at.get("privileged").forbidden("disallowed by cluster policy"));
    }
    unix_id(&at.get("runAsUser"), errors);
    unix_id(&at.get("runAsGroup"), errors);
    let proc_mount = at.get("procMount");
    one_of(&proc_mount, &["Default", "Unmasked"], errors);
    if host_users && proc_mount.str() == "Unmasked" {
        errors.push(proc_mount.invalid("`hostUsers` must be false to use `Unmasked`"));
    }
    seccomp(&at.get("seccompProfile"), errors);
    if at.get("allowPrivilegeEscalation").flag() == Some(false) {
        let mut contradiction =
            |detail: &str| errors.push(at.with_json(FieldErrorKind::Invalid, &at.go_struct(CONTEXT), detail));
        if at.get("privileged").bool() {
            contradiction("cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        for capability in at.get("capabilities").get("add").strs() {
            if capability == "CAP_SYS_ADMIN" {
                contradiction("cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
            }
        }
    }
    os::windows_options(&at.get("windowsOptions"), errors);
    app_armor(&at.get("appArmorProfile"), errors);
}

const PROFILES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];

/// Models `validateSeccompProfileField`.
fn seccomp(at: &Node, errors: &mut Errors) {
    if !at.exists() {
        return;
    }
    let (kind, profile) = (at.get("type"), at.get("localhostProfile"));
    match kind.str() {
        "" => errors.push(kind.required("type is required when seccompProfile is set")),
        word if PROFILES.contains(&word) => {}
        _ => errors.push(kind.unsupported(&PROFILES)),
    }
    match (kind.str() == "Localhost", profile.text()) {
        (true, None) => errors.push(profile.required("must be set when seccomp type is Localhost")),
        (true, Some(path)) => local_descending_path(&profile, path, errors),
        (false, Some(_)) => errors.push(profile.with_json(
            FieldErrorKind::Invalid,
            &at.go_struct(PROFILE),
            "can only be set when seccomp type is Localhost",
        )),
        (false, None) => {}
    }
}

/// Models `ValidateAppArmorProfileField`.
fn app_armor(at: &Node, errors: &mut Errors) {
    if !at.exists() {
        return;
    }
    let (kind, profile) = (at.get("type"), at.get("localhostProfile"));
    match kind.str() {
        "Localhost" => match profile.text() {
            None => errors.push(profile.required("must be set when AppArmor type is Localhost")),
            Some(name) => {
                if name.trim() != name {
                    errors.push(profile.invalid("must not be padded with whitespace"));
                } else if name.is_empty() {
                    errors.push(profile.required("must be set when AppArmor type is Localhost"));
                }
                if name.len() > 4095 {
                    errors.push(profile.too_long(4095));
                }
            }
        },
        "RuntimeDefault" | "Unconfined" => {
            if profile.exists() {
                errors.push(profile.invalid("can only be set when AppArmor type is Localhost"));
            }
        }
        "" => errors.push(kind.required("type is required when appArmorProfile is set")),
        _ => errors.push(kind.unsupported(&PROFILES)),
    }
}
