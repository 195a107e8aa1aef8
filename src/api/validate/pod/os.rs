//! Rules that depend on the operating system a pod says it needs.

use super::Options;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::api::validate::{meta, text};

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

const MOST_CREDENTIALS: usize = 64 * 1024;

/// Models `validateWindowsSecurityContextOptions`.
pub fn windows_options(at: &Node, errors: &mut Errors) {
    let (name, credentials, user) =
        (at.get("gmsaCredentialSpecName"), at.get("gmsaCredentialSpec"), at.get("runAsUserName"));
    if let Some(text) = name.text() {
        meta::flaws(&name, text::dns_subdomain(text), errors);
    }
    match credentials.text().map(str::len) {
        Some(0) => errors.push(credentials.invalid("gmsaCredentialSpec cannot be an empty string")),
        Some(length) if length > MOST_CREDENTIALS => {
            errors.push(credentials.invalid("gmsaCredentialSpec size must be under 64 KiB"));
        }
        _ => {}
    }
    for flaw in user.text().map(user_name_flaws).unwrap_or_default() {
        errors.push(user.invalid(format!("runAsUserName{flaw}")));
    }
}

/// What is wrong with `DOMAIN\user`, or with `user`.
fn user_name_flaws(name: &str) -> Vec<&'static str> {
    if name.is_empty() {
        return vec![" cannot be an empty string"];
    }
    if name.chars().any(|c| c.is_ascii_control()) {
        return vec![" cannot contain control characters"];
    }
    let parts: Vec<&str> = name.split('\\').collect();
    let (domain, user) = match parts.as_slice() {
        [user] => (None, *user),
        [domain, user] => (Some(*domain), *user),
        _ => return vec![" cannot contain more than one backslash"],
    };
    let net_bios = |domain: &str| {
        let fine = |c: char| !"\\/:*?\"<>|".contains(c);
        (1..=15).contains(&domain.chars().count()) && !domain.starts_with('.') && domain.chars().all(fine)
    };
    let dns = |domain: &str| domain.split('.').all(|label| text::dns_label(&label.to_lowercase()).is_empty());
    let mut flaws = Vec::new();
    if domain.is_some_and(|domain| domain.len() >= 256) {
        flaws.push("'s Domain length must be under 256 characters");
    }
    if domain.is_some_and(|domain| !net_bios(domain) && !dns(domain)) {
        flaws.push("'s Domain doesn't match the NetBios nor the DNS format");
    }
    if user.is_empty() {
        flaws.push("'s User cannot be empty");
    } else if user.len() > 104 {
        flaws.push("'s User length must not be longer than 104 characters");
    }
    if !user.is_empty() && user.chars().all(|c| c == '.' || c == ' ') {
        flaws.push("'s User cannot contain only periods or spaces");
    }
    if user.contains(|c| "\"/\\:;|=,+*?<>@[]".contains(c)) {
        flaws.push("'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
    }
    flaws
}
