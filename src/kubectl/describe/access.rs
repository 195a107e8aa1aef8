//! Roles and who has them.

use super::{Text, list_of, text_of};
use crate::api::objects::Object;
use crate::base::Order;
use crate::base::Value;
use std::collections::BTreeMap;

/// One line of a role: everything but the verbs is at most one.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    group: String,
    resource: String,
    name: Option<String>,
    url: Option<String>,
}

/// Models `RoleDescriber` and `ClusterRoleDescriber`.
pub(super) fn role(object: &Object, text: &mut Text) {
    head(object, text);
    text.line(0, "PolicyRule:");
    text.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    text.line(1, "---------\t-----------------\t--------------\t-----");
    for row in rows(list_of(&object.to_value(), "rules")).lines() {
        text.line(1, row);
    }
}

/// Rules as the lines of a table: resource, path, name, verbs.
pub fn rows(rules: &[Value]) -> String {
    let one = |value: &Option<String>| value.clone().unwrap_or_default();
    let row = |(rule, verbs): (Rule, Vec<String>)| {
        format!("{}\t[{}]\t[{}]\t[{}]\n", resource(&rule), one(&rule.url), one(&rule.name), verbs.join(" "))
    };
    compact(rules).into_iter().map(row).collect()
}

/// Rules taken apart and put together again by resource, in the order of their Go text, which begins with the verbs.
///
/// Models `rbac.BreakdownRule`, `CompactRules` and `SortableRuleSlice`.
fn compact(rules: &[Value]) -> Vec<(Rule, Vec<String>)> {
    let mut simple: BTreeMap<Rule, Vec<String>> = BTreeMap::new();
    let mut lines: Vec<(Rule, Vec<String>)> = Vec::new();
    for rule in rules {
        let list = |field: &str| list_of(rule, field).iter().filter_map(Value::as_str).map(str::to_owned);
        let names: Vec<Option<String>> = match list("resourceNames").map(Some).collect::<Vec<_>>() {
            names if names.is_empty() => vec![None],
            names => names,
        };
        for group in list("apiGroups") {
            for resource in list("resources") {
                for name in &names {
                    let key = Rule { group: group.clone(), resource: resource.clone(), name: name.clone(), url: None };
                    let verbs = simple.entry(key).or_default();
                    for verb in list("verbs") {
                        if !verbs.contains(&verb) {
                            verbs.push(verb);
                        }
                    }
                }
            }
        }
        for url in list("nonResourceURLs") {
            lines.extend(list("verbs").map(|verb| (Rule { url: Some(url.clone()), ..Rule::default() }, vec![verb])));
        }
    }
    lines.extend(simple);
    lines.order_by_key(|(rule, verbs)| {
        let one = |value: &Option<String>| value.clone().unwrap_or_default();
        let (verbs, name, url) = (verbs.join(" "), one(&rule.name), one(&rule.url));
        format!("[{verbs}] [{}] [{}] [{name}] [{url}]", rule.group, rule.resource)
    });
    lines
}

/// `deployments.apps/scale`. Models `CombineResourceGroup`.
fn resource(rule: &Rule) -> String {
    let (resource, rest) = match rule.resource.split_once('/') {
        Some((resource, rest)) => (resource, format!("/{rest}")),
        None => (rule.resource.as_str(), String::new()),
    };
    let group = if rule.group.is_empty() { String::new() } else { format!(".{}", rule.group) };
    format!("{resource}{group}{rest}")
}

/// Models `RoleBindingDescriber` and `ClusterRoleBindingDescriber`.
pub(super) fn binding(object: &Object, text: &mut Text) {
    let value = object.to_value();
    head(object, text);
    text.line(0, "Role:");
    for (field, title) in [("kind", "Kind"), ("name", "Name")] {
        text.line(1, format_args!("{title}:\t{}", value.get("roleRef").map_or("", |role| text_of(role, field))));
    }
    text.line(0, "Subjects:");
    text.line(1, "Kind\tName\tNamespace");
    text.line(1, "----\t----\t---------");
    for subject in list_of(&value, "subjects") {
        let field = |name| text_of(subject, name);
        text.line(1, format_args!("{}\t{}\t{}", field("kind"), field("name"), field("namespace")));
    }
}

fn head(object: &Object, text: &mut Text) {
    text.field("Name", &object.meta().name);
    text.labels("Labels", &object.meta().labels);
    text.annotations("Annotations", &object.meta().annotations);
}
