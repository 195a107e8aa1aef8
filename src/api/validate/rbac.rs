//! Roles and their bindings.
//!
//! Models `pkg/apis/rbac/validation/validation.go`.

use super::selector::label_selector;
use super::{meta, text};
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

const GROUP: &str = "rbac.authorization.k8s.io";

/// The rules of a role. Models `ValidatePolicyRule`.
pub fn rules(object: &Node, namespaced: bool, errors: &mut Errors) {
    for rule in object.get("rules").items() {
        let (verbs, urls) = (rule.get("verbs"), rule.get("nonResourceURLs"));
        let (groups, resources, names) = (rule.get("apiGroups"), rule.get("resources"), rule.get("resourceNames"));
        if verbs.is_empty() {
            errors.push(verbs.required("verbs must contain at least one value"));
        }
        if !urls.is_empty() {
            if namespaced {
                errors.push(urls.invalid("namespaced rules cannot apply to non-resource URLs"));
            }
            if groups.len() + resources.len() + names.len() > 0 {
                errors.push(urls.invalid("rules cannot apply to both regular resources and non-resource URLs"));
            }
            continue;
        }
        if groups.is_empty() {
            errors.push(groups.required("resource rules must supply at least one api group"));
        }
        if resources.is_empty() {
            errors.push(resources.required("resource rules must supply at least one resource"));
        }
    }
}

/// All but the metadata of a ClusterRole.
pub fn cluster_role(object: &Node, errors: &mut Errors) {
    rules(object, false, errors);
    let aggregation = object.get("aggregationRule");
    if !aggregation.exists() {
        return;
    }
    let selectors = aggregation.get("clusterRoleSelectors");
    if selectors.is_empty() {
        errors.push(selectors.required("at least one clusterRoleSelector required if aggregationRule is non-nil"));
    }
    for selector in selectors.items() {
        label_selector(&selector, errors);
    }
}

/// All but the metadata of a binding. Models `ValidateRoleBinding` and `ValidateClusterRoleBinding`.
pub fn binding(object: &Node, namespaced: bool, errors: &mut Errors) {
    let role = object.get("roleRef");
    let (group, kind, name) = (role.get("apiGroup"), role.get("kind"), role.get("name"));
    if group.str() != GROUP {
        errors.push(group.unsupported(&[GROUP]));
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&kind.str()) {
        errors.push(kind.unsupported(kinds));
    }
    if name.str().is_empty() {
        errors.push(name.required(""));
    } else {
        meta::flaws(&name, text::path_segment(name.str()), errors);
    }
    for subject in object.get("subjects").items() {
        self::subject(&subject, namespaced, errors);
    }
}

fn subject(at: &Node, namespaced: bool, errors: &mut Errors) {
    let (kind, name, group, namespace) = (at.get("kind"), at.get("name"), at.get("apiGroup"), at.get("namespace"));
    if name.str().is_empty() {
        errors.push(name.required(""));
    }
    match kind.str() {
        "ServiceAccount" => {
            if !name.str().is_empty() {
                meta::flaws(&name, text::dns_subdomain(name.str()), errors);
            }
            if !group.str().is_empty() {
                errors.push(group.unsupported(&[""]));
            }
            if !namespaced && namespace.str().is_empty() {
                errors.push(namespace.required(""));
            }
        }
        word @ ("User" | "Group") => {
            if name.str().is_empty() {
                errors.push(name.invalid_as("", format!("{} name cannot be empty", word.to_lowercase())));
            }
            if group.str() != GROUP {
                errors.push(group.unsupported(&[GROUP]));
            }
        }
        _ => errors.push(kind.unsupported(&["ServiceAccount", "User", "Group"])),
    }
}
