//! Rules that depend on the operating system a pod says it needs.

use super::Options;
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Models `validateOS`, `validateLinux` and `validateWindows`.
pub fn os(spec: &Node, errors: &mut Errors) {
    let os = spec.get("os");
    match (os.exists(), os.get("name").str()) {
        (false, _) => {}
        (true, "linux") => linux(spec, errors),
        (true, "windows") => windows(spec, errors),
        (true, "") => errors.push(os.get("name").required("cannot be empty")),
        (true, other) => errors.push(os.unsupported_as(other, &["linux", "windows"])),
    }
}

fn linux(spec: &Node, errors: &mut Errors) {
    const WORDS: &str = "windows options cannot be set for a linux pod";
    let mut check = |context: &Node| {
        if context.get("windowsOptions").exists() {
            errors.push(context.get("windowsOptions").forbidden(WORDS));
        }
    };
    check(&spec.get("securityContext"));
    for list in CONTAINER_LISTS {
        for container in spec.get(list).items() {
            check(&container.get("securityContext"));
        }
    }
}

fn windows(spec: &Node, errors: &mut Errors) {
    let mut forbid = |at: Node, set: bool| {
        if set {
            errors.push(at.forbidden("cannot be set for a windows pod"));
        }
    };
    let context = spec.get("securityContext");
    for field in ["appArmorProfile", "seLinuxOptions"] {
        forbid(context.get(field), context.get(field).exists());
    }
    forbid(spec.get("hostUsers"), spec.get("hostUsers").exists());
    for field in ["hostPID", "hostIPC"] {
        forbid(spec.get(field), spec.get(field).bool());
    }
    for field in ["seccompProfile", "fsGroup", "fsGroupChangePolicy"] {
        forbid(context.get(field), context.get(field).exists());
    }
    forbid(context.get("sysctls"), !context.get("sysctls").is_empty());
    forbid(spec.get("shareProcessNamespace"), spec.get("shareProcessNamespace").exists());
    for field in ["runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"] {
        forbid(context.get(field), context.get(field).exists());
    }
    for list in CONTAINER_LISTS {
        for container in spec.get(list).items() {
            let own = container.get("securityContext");
            for field in [
                "appArmorProfile",
                "seLinuxOptions",
                "seccompProfile",
                "capabilities",
                "readOnlyRootFilesystem",
                "privileged",
                "allowPrivilegeEscalation",
                "procMount",
                "runAsUser",
                "runAsGroup",
            ] {
                forbid(own.get(field), own.get(field).exists());
            }
        }
    }
}

/// Models `validateWindowsHostProcessPod`.
pub fn host_process(spec: &Node, options: Options, errors: &mut Errors) {
    let of_pod = spec.get("securityContext").get("windowsOptions").get("hostProcess").flag();
    let (mut all, mut host) = (0, 0);
    for list in CONTAINER_LISTS {
        for container in spec.get(list).items() {
            all += 1;
            let context = container.get("securityContext");
            let options = context.get("windowsOptions");
            let own = options.get("hostProcess");
            if let (Some(of_pod), Some(flag)) = (of_pod, own.flag())
                && of_pod != flag
            {
                errors.push(
                    own.invalid(format!("pod hostProcess value must be identical if both are specified, was {of_pod}")),
                );
            }
            host += i32::from(own.flag().or(of_pod) == Some(true));
        }
    }
    if host == 0 {
        return;
    }
    if host != all {
        errors.push(spec.invalid_as(
            "",
            "If pod contains any hostProcess containers then all containers must be HostProcess containers",
        ));
    }
    if !spec.get("hostNetwork").bool() {
        let at = spec.get("hostNetwork");
        errors.push(at.invalid_as(false, "hostNetwork must be true if pod contains any hostProcess containers"));
    }
    if !options.allow_privileged {
        errors.push(spec.forbidden("hostProcess containers are disallowed by cluster policy"));
    }
}
