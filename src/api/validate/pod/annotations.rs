//! Annotations that mean something to pods.

use super::sources::local_descending_path;
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

const MIRROR: &str = "kubernetes.io/config.mirror";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Models `ValidatePodSpecificAnnotations`.
pub fn pod_annotations(at: &Node, spec: &Node, errors: &mut Errors) {
    let mirror = at.key(MIRROR);
    if mirror.exists() && spec.get("nodeName").str().is_empty() {
        errors.push(mirror.invalid("must set spec.nodeName if mirror pod annotation is set"));
    }
    let cost = at.key(DELETION_COST);
    if cost.text().is_some_and(|text| !is_deletion_cost(text)) {
        errors.push(cost.invalid("must be a 32bit integer"));
    }
    if let Some(profile) = at.key(SECCOMP_POD).text() {
        seccomp_profile(&at.get(SECCOMP_POD), profile, errors);
    }
    for (key, value) in at.entries() {
        if key.starts_with(SECCOMP_CONTAINER) {
            seccomp_profile(&at.get(key), value.str(), errors);
        }
    }
    for (key, value) in at.entries() {
        let Some(container) = key.strip_prefix(APP_ARMOR) else { continue };
        let known = CONTAINER_LISTS.iter().any(|list| spec.get(list).items().any(|c| c.get("name").str() == container));
        if !known {
            errors.push(value.invalid_as(container, "container not found"));
        }
        let profile = value.str();
        if !matches!(profile, "" | "runtime/default" | "unconfined") && !profile.starts_with("localhost/") {
            errors.push(value.invalid(format!("invalid AppArmor profile name: \"{profile}\"")));
        }
    }
}

/// Upstream takes digits with a sign, but no leading plus or zero.
fn is_deletion_cost(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading = digits.starts_with('+') || (digits.len() > 1 && digits.starts_with('0'));
    !leading && text != "-0" && text.parse::<i32>().is_ok()
}

fn seccomp_profile(at: &Node, profile: &str, errors: &mut Errors) {
    match profile {
        "runtime/default" | "docker/default" | "unconfined" => {}
        _ => match profile.strip_prefix("localhost/") {
            Some(path) => local_descending_path(at, path, errors),
            None => errors.push(at.invalid_as(profile, "must be a valid seccomp profile")),
        },
    }
}

/// Annotations and the fields that replaced them must agree. Models `validateSeccompAnnotationsAndFields` and
/// `validateAppArmorAnnotationsAndFieldsMatchOnCreate`.
pub fn match_fields(annotations: &Node, spec: &Node, errors: &mut Errors) {
    let context = spec.get("securityContext");
    agree(annotations.key(SECCOMP_POD).text(), &context.get("seccompProfile"), "seccomp", errors);
    for list in CONTAINER_LISTS {
        for container in spec.get(list).items() {
            let key = format!("{SECCOMP_CONTAINER}{}", container.get("name").str());
            let own = container.get("securityContext");
            agree(annotations.key(&key).text(), &own.get("seccompProfile"), "seccomp", errors);
        }
    }
    if spec.get("os").get("name").str() == "windows" {
        return;
    }
    for list in CONTAINER_LISTS {
        for container in spec.get(list).items() {
            let key = format!("{APP_ARMOR}{}", container.get("name").str());
            let own = container.get("securityContext");
            let own_profile = own.get("appArmorProfile");
            let value = own_profile.value().or(context.get("appArmorProfile").value());
            agree(annotations.key(&key).text(), &Node::at(&own_profile.path(), value), "apparmor", errors);
        }
    }
}

fn agree(annotation: Option<&str>, profile: &Node, what: &str, errors: &mut Errors) {
    let (Some(annotation), true) = (annotation, profile.exists()) else { return };
    let localhost = profile.get("localhostProfile");
    let fine = match profile.get("type").str() {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => annotation == "runtime/default" || (what == "seccomp" && annotation == "docker/default"),
        "Localhost" => match annotation.strip_prefix("localhost/") {
            Some(path) if localhost.text() != Some(path) => {
                errors.push(localhost.forbidden(format!("{what} profile in annotation and field must match")));
                true
            }
            found => found.is_some(),
        },
        _ => true,
    };
    if !fine {
        errors.push(profile.get("type").forbidden(format!("{what} type in annotation and field must match")));
    }
}
