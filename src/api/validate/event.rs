//! Events.
//!
//! Models `pkg/apis/core/validation/events.go`.

use super::{meta, names, text};
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

/// An Event. Objects of `v1` are checked leniently, as they always were.
pub fn create(object: &Node, group_version: &str, errors: &mut Errors) {
    let (metadata, involved) = (object.get("metadata"), object.get("involvedObject"));
    let namespace = metadata.get("namespace").str();
    let of_object = involved.get("namespace");
    let mismatch = if object.get("eventTime").exists() {
        of_object.str().is_empty() && !matches!(namespace, "default" | "kube-system")
    } else if of_object.str().is_empty() {
        !matches!(namespace, "" | "default")
    } else {
        namespace != of_object.str()
    };
    if mismatch {
        errors.push(of_object.invalid_as(of_object.str(), "does not match event.namespace"));
    }
    if object.get("eventTime").exists() {
        reporting(object, errors);
    }
    for flaw in text::dns_subdomain(namespace) {
        errors.push(object.get("namespace").invalid_as(namespace, flaw));
    }
    if group_version == "v1" {
        if errors.is_empty() {
            meta::create(&metadata, true, text::path_segment, errors);
        }
        return;
    }
    meta::create_strict(&metadata, true, names::rule("Event"), errors);
    if !object.get("eventTime").exists() {
        errors.push(object.get("eventTime").required(""));
    }
    let kind = object.get("type");
    if !matches!(kind.str(), "Normal" | "Warning") {
        errors.push(kind.invalid_as("", format!("has invalid value: {}", kind.str())));
    }
}

fn reporting(object: &Node, errors: &mut Errors) {
    let (controller, instance) = (object.get("reportingComponent"), object.get("reportingInstance"));
    let controller_at = object.get("reportingController");
    if controller.str().is_empty() {
        errors.push(controller_at.required(""));
    }
    for flaw in text::qualified_name(controller.str()) {
        errors.push(controller_at.invalid_as(controller.str(), flaw));
    }
    for (field, most, needed) in [
        (instance, 128, true),
        (object.get("action"), 128, true),
        (object.get("reason"), 128, true),
        (object.get("message"), 1024, false),
    ] {
        if needed && field.str().is_empty() {
            errors.push(field.required(""));
        }
        if field.str().len() > most {
            errors.push(field.invalid_as("", format!("can have at most {most} characters")));
        }
    }
}
