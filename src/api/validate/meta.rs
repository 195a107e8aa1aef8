//! Metadata: names, labels, annotations, owners and finalizers.
//!
//! Models `k8s.io/apimachinery/pkg/api/validation/objectmeta.go`.

use super::names::{self, NameRule};
use super::text::{Flaws, label_value, qualified_name};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::Node;
use crate::base::text::go_quote;
use std::collections::BTreeSet;

/// What is said of a field that must not change.
pub const IMMUTABLE: &str = "field is immutable";
const ANNOTATIONS_MAX: usize = 256 * 1024;

/// Appends what is wrong with the text that stands at `at`.
pub fn flaws(at: &Node, found: Flaws, errors: &mut Vec<FieldError>) {
    errors.extend(found.into_iter().map(|flaw| at.invalid_as(at.str(), flaw)));
}

/// `must be greater than or equal to 0`. Models `ValidateNonnegativeField`.
pub fn not_negative(at: &Node, errors: &mut Vec<FieldError>) {
    if at.int() < 0 {
        errors.push(at.invalid("must be greater than or equal to 0"));
    }
}

/// `field is immutable`, with the new value. Models `ValidateImmutableField`.
pub fn immutable(new: &Node, old: &Node, errors: &mut Vec<FieldError>) {
    if new.value() != old.value() {
        errors.push(new.invalid(IMMUTABLE));
    }
}

/// `field is immutable` for a text, of which a missing one is the empty one.
pub fn immutable_text(new: &Node, old: &Node, errors: &mut Vec<FieldError>) {
    if new.str() != old.str() {
        errors.push(new.invalid_as(new.str(), IMMUTABLE));
    }
}

/// A label's key, or what has its form. Models `ValidateLabelName`.
pub fn label_name(at: &Node, errors: &mut Vec<FieldError>) {
    flaws(at, qualified_name(at.str()), errors);
}

/// A set of labels. Models `ValidateLabels`: errors carry the path of the set.
pub fn labels(at: &Node, errors: &mut Vec<FieldError>) {
    for (key, value) in at.entries() {
        errors.extend(qualified_name(key).into_iter().map(|flaw| at.invalid_as(key, flaw)));
        errors.extend(label_value(value.str()).into_iter().map(|flaw| at.invalid_as(value.str(), flaw)));
    }
}

/// A set of annotations. Models `ValidateAnnotations`.
pub fn annotations(at: &Node, errors: &mut Vec<FieldError>) {
    let mut size = 0;
    for (key, value) in at.entries() {
        errors.extend(qualified_name(&key.to_lowercase()).into_iter().map(|flaw| at.invalid_as(key, flaw)));
        size += key.len() + value.str().len();
    }
    if size > ANNOTATIONS_MAX {
        errors.push(at.too_long(ANNOTATIONS_MAX));
    }
}

/// Metadata of a new object. Models `ValidateObjectMeta`.
pub fn create(meta: &Node, namespaced: bool, rule: NameRule, errors: &mut Vec<FieldError>) {
    let (generate, name) = (meta.get("generateName"), meta.get("name"));
    if !generate.str().is_empty() {
        flaws(&generate, rule(&names::mask_trailing_dash(generate.str())), errors);
    }
    if name.str().is_empty() {
        errors.push(name.required("name or generateName is required"));
    } else {
        flaws(&name, rule(name.str()), errors);
    }
    namespace(&meta.get("namespace"), namespaced, errors);
    not_negative(&meta.get("generation"), errors);
    labels(&meta.get("labels"), errors);
    annotations(&meta.get("annotations"), errors);
    owners(&meta.get("ownerReferences"), errors);
    finalizers(&meta.get("finalizers"), errors);
}

/// Metadata of a new object of the core kinds, whose finalizers must be known or qualified. Models
/// `pkg/apis/core/validation.ValidateObjectMeta`.
pub fn create_strict(meta: &Node, namespaced: bool, rule: NameRule, errors: &mut Vec<FieldError>) {
    create(meta, namespaced, rule, errors);
    known_finalizers(meta, errors);
}

fn namespace(at: &Node, namespaced: bool, errors: &mut Vec<FieldError>) {
    match (namespaced, at.str()) {
        (true, "") => errors.push(at.required("")),
        (true, name) => flaws(at, super::text::dns_label(name), errors),
        (false, "") => {}
        (false, _) => errors.push(at.forbidden("not allowed on this type")),
    }
}

fn owners(at: &Node, errors: &mut Vec<FieldError>) {
    let mut first = String::new();
    for owner in at.items() {
        let api_version = owner.get("apiVersion");
        if api_version.str().is_empty() {
            errors.push(api_version.required("must not be empty"));
        } else if api_version.str().matches('/').count() > 1 || api_version.str().ends_with('/') {
            errors.push(api_version.invalid("must be <group>/<version> or <version>"));
        }
        for field in ["kind", "name", "uid"] {
            if owner.get(field).str().is_empty() {
                errors.push(owner.get(field).required("must not be empty"));
            }
        }
        if api_version.str() == "v1" && owner.get("kind").str() == "Event" {
            let json = owner.json_in_order(&OWNER_FIELDS);
            errors.push(owner.with_json(
                FieldErrorKind::Invalid,
                &json,
                "/v1, Kind=Event is disallowed from being an owner",
            ));
        }
        if owner.get("controller").bool() {
            let this = format!("{}/{}", owner.get("kind").str(), owner.get("name").str());
            if first.is_empty() {
                first = this;
            } else {
                errors.push(at.with_json(
                    FieldErrorKind::Invalid,
                    &owners_json(at),
                    &format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
                    ),
                ));
            }
        }
    }
}

const OWNER_FIELDS: [&str; 6] = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];

fn owners_json(at: &Node) -> String {
    let owners: Vec<String> = at.items().map(|owner| owner.json_in_order(&OWNER_FIELDS)).collect();
    format!("[{}]", owners.join(","))
}

fn finalizers(at: &Node, errors: &mut Vec<FieldError>) {
    for name in at.strs() {
        errors.extend(qualified_name(name).into_iter().map(|flaw| at.invalid_as(name, flaw)));
    }
    let has = |wanted: &str| at.strs().any(|name| name == wanted);
    if has("orphan") && has("foregroundDeletion") {
        errors.push(at.invalid("finalizer orphan and foregroundDeletion cannot be both set"));
    }
}

fn known_finalizers(meta: &Node, errors: &mut Vec<FieldError>) {
    for finalizer in meta.get("finalizers").items() {
        finalizer_name(&finalizer, errors);
    }
}

/// Models `validateKubeFinalizerName`.
pub fn finalizer_name(at: &Node, errors: &mut Vec<FieldError>) {
    let name = at.str();
    if !name.contains('/') && !matches!(name, "kubernetes" | "orphan" | "foregroundDeletion") {
        errors.push(at.invalid("name is neither a standard finalizer name nor is it fully qualified"));
    }
}

/// Metadata of a changed object. Models `ValidateObjectMetaUpdate`.
pub fn update(new: &Node, old: &Node, errors: &mut Vec<FieldError>) {
    if old.get("deletionTimestamp").exists() {
        let known: BTreeSet<&str> = old.get("finalizers").strs().collect();
        let added: BTreeSet<&str> = new.get("finalizers").strs().filter(|name| !known.contains(name)).collect();
        if !added.is_empty() {
            let list: Vec<String> = added.iter().map(|name| go_quote(name)).collect();
            errors.push(new.get("finalizers").forbidden(format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                list.join(", ")
            )));
        }
    }
    let version = new.get("resourceVersion");
    if version.str().is_empty() {
        errors.push(version.invalid_as("", "must be specified for an update"));
    }
    if new.get("generation").int() < old.get("generation").int() {
        errors.push(new.get("generation").invalid_as(new.get("generation").int(), "must not be decremented"));
    }
    for field in ["name", "namespace", "uid"] {
        immutable_text(&new.get(field), &old.get(field), errors);
    }
    for field in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        immutable(&new.get(field), &old.get(field), errors);
    }
    labels(&new.get("labels"), errors);
    annotations(&new.get("annotations"), errors);
    owners(&new.get("ownerReferences"), errors);
}

/// Metadata of a changed object of the core kinds; see [`create_strict`].
pub fn update_strict(new: &Node, old: &Node, errors: &mut Vec<FieldError>) {
    update(new, old, errors);
    known_finalizers(new, errors);
}
