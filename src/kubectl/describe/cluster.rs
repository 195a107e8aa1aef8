//! ConfigMaps, Secrets, ServiceAccounts and small classes.

use super::{Text, list_of, text_of};
use crate::api::objects::Object;
use crate::base::Value;
use crate::kubectl::gofmt;
use crate::kubectl::tables::labels_text;

/// Models `ConfigMapDescriber`.
pub(super) fn config_map(object: &Object, text: &mut Text) {
    let value = object.to_value();
    head(object, text);
    text.line(0, "\nData\n====");
    for (key, data) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
        text.line(0, format_args!("{key}:\n----\n{}\n", data.as_str().unwrap_or_default()));
    }
    text.line(0, "\nBinaryData\n====");
    for (key, data) in value.get("binaryData").and_then(Value::as_object).into_iter().flatten() {
        text.line(0, format_args!("{key}: {} bytes", decoded_length(data.as_str().unwrap_or_default())));
    }
    text.line(0, "");
}

/// Models `describeSecret`.
pub(super) fn secret(object: &Object, text: &mut Text) {
    let value = object.to_value();
    head(object, text);
    text.line(0, format_args!("\nType:\t{}", text_of(&value, "type")));
    text.line(0, "\nData\n====");
    for (key, data) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
        text.line(0, format_args!("{key}:\t{} bytes", decoded_length(data.as_str().unwrap_or_default())));
    }
}

fn head(object: &Object, text: &mut Text) {
    let meta = object.meta();
    text.field("Name", &meta.name);
    text.field("Namespace", &meta.namespace);
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
}

/// How many bytes a base64 text stands for.
fn decoded_length(text: &str) -> usize {
    let letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').count();
    letters * 3 / 4
}

/// Models `describeServiceAccount`.
pub(super) fn service_account(object: &Object, text: &mut Text) {
    let value = object.to_value();
    head(object, text);
    let secrets: Vec<String> =
        list_of(&value, "imagePullSecrets").iter().map(|secret| text_of(secret, "name").to_owned()).collect();
    // The lines that follow repeat the width of the title, not only its tab.
    match secrets.split_first() {
        None => text.field("Image pull secrets", "<none>"),
        Some((first, rest)) => {
            text.field("Image pull secrets", first);
            for secret in rest {
                text.line(0, format_args!("                   \t{secret}"));
            }
        }
    }
}

/// Models `describePriorityClass`.
pub(super) fn priority_class(object: &Object, text: &mut Text) {
    let value = object.to_value();
    text.field("Name", &object.meta().name);
    text.field("Value", value.get("value").map_or("0".to_owned(), gofmt::sprint));
    text.field("GlobalDefault", super::true_or_false(value.get("globalDefault")));
    text.field("PreemptionPolicy", text_of(&value, "preemptionPolicy"));
    text.field("Description", text_of(&value, "description"));
    text.field("Annotations", labels_text(&object.meta().annotations));
}

/// Models `describeIngressClassV1`.
pub(super) fn ingress_class(object: &Object, text: &mut Text) {
    let value = object.to_value();
    text.field("Name", &object.meta().name);
    text.labels("Labels", &object.meta().labels);
    text.annotations("Annotations", &object.meta().annotations);
    text.field("Controller", value.pointer("/spec/controller").and_then(Value::as_str).unwrap_or_default());
    if let Some(parameters) = value.pointer("/spec/parameters") {
        text.line(0, "Parameters:");
        for (field, title) in [("apiGroup", "APIGroup"), ("kind", "Kind"), ("name", "Name")] {
            if field != "apiGroup" || parameters.get(field).is_some() {
                text.line(1, format_args!("{title}:\t{}", text_of(parameters, field)));
            }
        }
    }
}
