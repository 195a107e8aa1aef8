//! The roles that a cluster has from the beginning, from the table `www/access/roles.txt`.
//!
//! Models `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go`; roles of the control plane's own parts are left out.

use crate::api::kinds::Kind;
use crate::base::Value;
use serde_json::{Map, json};
use std::collections::BTreeMap;

const TABLE: &str = include_str!("../../www/access/roles.txt");
const API: &str = "rbac.authorization.k8s.io";

/// The roles and bindings.
pub(super) fn objects() -> Vec<(Kind, Value)> {
    let mut objects: Vec<(Kind, Value)> = Vec::new();
    let mut rules: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["role", name, sources @ ..] => {
                let all = sources.iter().filter_map(|source| rules.get(source)).flatten().cloned().collect();
                rules.insert(name, all);
                objects.push((Kind::CLUSTER_ROLE, role(name, !sources.is_empty())));
            }
            ["bind", name, role, groups @ ..] => {
                let subject = |group: &&str| json!({"apiGroup": API, "kind": "Group", "name": group});
                let subjects: Vec<Value> = groups.iter().map(subject).collect();
                let mut binding = json!({
                    "metadata": meta(name),
                    "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": role}, "subjects": subjects,
                });
                if name.starts_with("kubeadm:") {
                    binding["metadata"] = json!({"name": name});
                }
                objects.push((Kind::CLUSTER_ROLE_BINDING, binding));
            }
            [group, what, verbs] => {
                let last = objects.last().and_then(|(_, role)| role.pointer("/metadata/name")?.as_str());
                let name = rules.keys().find(|name| Some(**name) == last).copied();
                if let Some(rules) = name.and_then(|name| rules.get_mut(name)) {
                    rules.push(rule(group, what, verbs));
                }
            }
            _ => {}
        }
    }
    for (_, object) in objects.iter_mut().filter(|(kind, _)| *kind == Kind::CLUSTER_ROLE) {
        let own = object.pointer("/metadata/name").and_then(Value::as_str).and_then(|name| rules.get(name));
        object["rules"] = own.cloned().unwrap_or_default().into();
    }
    objects
}

fn meta(name: &str) -> Value {
    json!({
        "name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    })
}

/// A role without its rules: `edit` is put together from others, and goes into `admin`.
fn role(name: &str, aggregated: bool) -> Value {
    let mut role = json!({"metadata": meta(name)});
    let label = |to: &str| format!("{API}/aggregate-to-{to}");
    let goes_to = match name {
        "view" => Some("edit"),
        "edit" => Some("admin"),
        name => name.strip_prefix("system:aggregate-to-"),
    };
    if let Some(to) = goes_to {
        role["metadata"]["labels"][label(to)] = "true".into();
    }
    if aggregated {
        let labels: Map<String, Value> = [(label(name), Value::from("true"))].into_iter().collect();
        role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
    }
    role
}

fn rule(group: &str, what: &str, verbs: &str) -> Value {
    let list = |text: &str| -> Vec<Value> { text.split(',').map(Value::from).collect() };
    let mut all: Vec<&str> = verbs
        .split(',')
        .flat_map(|verb| match verb {
            "ro" => vec!["get", "list", "watch"],
            "rw" => vec!["create", "delete", "deletecollection", "patch", "update"],
            verb => vec![verb],
        })
        .collect();
    crate::base::Order::order(all.as_mut_slice());
    match group {
        "/" => json!({"nonResourceURLs": list(what), "verbs": all}),
        _ => json!({"apiGroups": [group.trim_matches('"')], "resources": list(what), "verbs": all}),
    }
}
