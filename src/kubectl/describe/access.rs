//! Accounts, roles, bindings and priority classes.

use super::{Text, list_of, text_of};
use crate::api::objects::Object;
use crate::base::Value;
use std::collections::BTreeMap;

/// Name, labels and annotations.
pub(super) fn head(object: &Object, namespaced: bool, text: &mut Text) {
    let meta = object.meta();
    text.field("Name", &meta.name);
    if namespaced {
        text.field("Namespace", &meta.namespace);
    }
    text.labels("Labels", &meta.labels);
    text.annotations("Annotations", &meta.annotations);
}

/// Models `describeServiceAccount`.
pub(super) fn service_account(object: &Object, text: &mut Text) {
    head(object, true, text);
    let value = object.to_value();
    let secrets = list_of(&value, "imagePullSecrets");
    if secrets.is_empty() {
        text.line(0, "Image pull secrets:\t<none>");
    }
    for (place, secret) in secrets.iter().enumerate() {
        let title = if place == 0 { "Image pull secrets:" } else { "                   " };
        text.line(0, format_args!("{title}\t{}", text_of(secret, "name")));
    }
}

/// Models `RoleDescriber` and `ClusterRoleDescriber`, with `CompactRules` of `component-helpers/auth/rbac`: rules that
/// differ in their verbs only are one line.
pub(super) fn role(object: &Object, mut text: Text) -> String {
    head(object, false, &mut text);
    text.line(0, "PolicyRule:");
    text.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    text.line(1, "---------\t-----------------\t--------------\t-----");
    let value = object.to_value();
    let words = |rule: &Value, field: &str| -> Vec<String> {
        list_of(rule, field).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    // Lines by resource, URL and name; the verbs of each.
    let mut lines: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    let mut urls: Vec<(String, Vec<String>)> = Vec::new();
    for rule in list_of(&value, "rules") {
        let verbs = words(rule, "verbs");
        for group in words(rule, "apiGroups") {
            for resource in words(rule, "resources") {
                let names = words(rule, "resourceNames");
                let names = if names.is_empty() { vec![String::new()] } else { names };
                for name in names {
                    let key = (group.clone(), resource.clone(), name);
                    let known = lines.entry(key).or_default();
                    known.extend(verbs.iter().filter(|verb| !known.contains(verb)).cloned().collect::<Vec<_>>());
                }
            }
        }
        urls.extend(words(rule, "nonResourceURLs").into_iter().map(|url| (url, verbs.clone())));
    }
    let mut shown: Vec<(String, String)> = Vec::new();
    for ((group, resource, name), verbs) in lines {
        // `pods/log` of the group `apps` is `pods.apps/log`.
        let whole = match (resource.split_once('/'), group.as_str()) {
            (_, "") => resource.clone(),
            (Some((front, part)), group) => format!("{front}.{group}/{part}"),
            (None, group) => format!("{resource}.{group}"),
        };
        let line = format!("{whole}\t[]\t[{name}]\t[{}]", verbs.join(" "));
        shown.push((format!("{group} {resource} {name}"), line));
    }
    for (url, verbs) in urls {
        shown.push((String::new(), format!("\t[{url}]\t[]\t[{}]", verbs.join(" "))));
    }
    shown.sort_by(|a, b| a.0.cmp(&b.0));
    shown.iter().for_each(|(_, line)| text.line(1, line));
    text.laid_out()
}

/// Models `RoleBindingDescriber` and `ClusterRoleBindingDescriber`.
pub(super) fn binding(object: &Object, mut text: Text) -> String {
    head(object, false, &mut text);
    let value = object.to_value();
    let reference = value.get("roleRef").cloned().unwrap_or_default();
    text.line(0, "Role:");
    text.line(1, format_args!("Kind:\t{}", text_of(&reference, "kind")));
    text.line(1, format_args!("Name:\t{}", text_of(&reference, "name")));
    text.line(0, "Subjects:");
    text.line(1, "Kind\tName\tNamespace");
    text.line(1, "----\t----\t---------");
    for subject in list_of(&value, "subjects") {
        let part = |field: &str| text_of(subject, field);
        text.line(1, format_args!("{}\t{}\t{}", part("kind"), part("name"), part("namespace")));
    }
    text.laid_out()
}

/// `a=b,c=d`, or `<none>`. Models `labels.FormatLabels`.
pub(super) fn pairs(map: Option<&Value>) -> String {
    let pairs = map.and_then(Value::as_object).into_iter().flatten();
    let pairs: Vec<String> =
        pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// Models `describePriorityClass`.
pub(super) fn priority_class(object: &Object, text: &mut Text) {
    let value = object.to_value();
    text.field("Name", &object.meta().name);
    text.field("Value", value.get("value").unwrap_or(&Value::from(0)));
    text.field("GlobalDefault", value.get("globalDefault").and_then(Value::as_bool).unwrap_or(false));
    text.field("PreemptionPolicy", text_of(&value, "preemptionPolicy"));
    text.field("Description", text_of(&value, "description"));
    text.field("Annotations", pairs(value.pointer("/metadata/annotations")));
}

/// Models `describeIngressClassV1`.
pub(super) fn ingress_class(object: &Object, text: &mut Text) {
    head(object, false, text);
    let value = object.to_value();
    let part = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    text.field("Controller", part("/spec/controller").unwrap_or_default());
    if value.pointer("/spec/parameters").is_some() {
        text.line(0, "Parameters:");
        for (title, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if let Some(value) = part(&format!("/spec/parameters/{field}")) {
                text.line(1, format_args!("{title}:\t{value}"));
            }
        }
    }
}
