//! `kubectl create role`, `clusterrole`, `rolebinding` and `clusterrolebinding`.
//!
//! Models `kubectl/pkg/cmd/create/create_role.go` and its siblings.

use super::super::Context;
use super::{make, only_name, required};
use crate::api::custom::Kinds;
use crate::api::kinds::Kind;
use crate::base::Value;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::types;
use serde_json::json;
use std::collections::BTreeMap;

const GROUP: &str = "rbac.authorization.k8s.io";
const VERBS: [&str; 14] = [
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

/// What verbs of their own may stand with.
const SPECIAL: &[(&str, &[(&str, &str)])] = &[
    ("use", &[("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies")]),
    ("bind", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    ("escalate", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    ("impersonate", &[("", "users"), ("", "serviceaccounts"), ("", "groups"), ("authentication.k8s.io", "userextras")]),
];

pub(in super::super) fn role(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let verbs = verbs(context);
    if verbs.is_empty() {
        return Err("at least one verb must be specified".into());
    }
    warn_of(&verbs, context);
    let resources = resources(context);
    if resources.is_empty() {
        return Err("at least one resource must be specified".into());
    }
    let rules = rules(&verbs, &resources, context.args.list("resource-name"), context.kinds())?;
    let value =
        json!({"apiVersion": format!("{GROUP}/v1"), "kind": "Role", "metadata": {"name": name}, "rules": rules});
    make(context, Kind::ROLE, value)
}

pub(in super::super) fn cluster_role(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let verbs = verbs(context);
    let resources = resources(context);
    let urls = unique(context.args.list("non-resource-url"));
    let names = context.args.list("resource-name").to_vec();
    let mut value = json!({"apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole", "metadata": {"name": name}});
    let aggregation = context.args.list("aggregation-rule");
    if !aggregation.is_empty() {
        if !(urls.is_empty() && verbs.is_empty() && resources.is_empty() && names.is_empty()) {
            return Err(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames".into(),
            );
        }
        let labels: BTreeMap<&str, &str> = aggregation.iter().filter_map(|pair| pair.split_once('=')).collect();
        value["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
        value["rules"] = Value::Null;
        return make(context, Kind::CLUSTER_ROLE, value);
    }
    if verbs.is_empty() {
        return Err("at least one verb must be specified".into());
    }
    if resources.is_empty() && urls.is_empty() {
        return Err("one of resource or nonResourceURL must be specified".into());
    }
    let mut all = Vec::new();
    if !resources.is_empty() {
        warn_of(&verbs, context);
        all = rules(&verbs, &resources, &names, context.kinds())?;
    }
    if !urls.is_empty() {
        const URL_VERBS: [&str; 8] = ["*", "get", "post", "put", "delete", "patch", "head", "options"];
        if let Some(verb) = verbs.iter().find(|verb| !URL_VERBS.contains(&verb.as_str())) {
            return Err(Failure::Plain(format!("invalid verb: '{verb}' for nonResourceURL")));
        }
        for url in urls.iter().filter(|url| *url != "*") {
            if !url.starts_with('/') {
                return Err("nonResourceURL should start with /".into());
            }
            if url.trim_end_matches('*').contains('*') {
                return Err("nonResourceURL only supports wildcard matches when '*' is at the end".into());
            }
        }
        all.push(json!({"nonResourceURLs": urls, "verbs": verbs}));
    }
    value["rules"] = all.into();
    make(context, Kind::CLUSTER_ROLE, value)
}

pub(in super::super) fn role_binding(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let text = |flag: &str| context.args.text(flag).unwrap_or_default();
    let (kind, role) = match (text("clusterrole"), text("role")) {
        (cluster_role, "") if !cluster_role.is_empty() => ("ClusterRole", cluster_role),
        ("", role) if !role.is_empty() => ("Role", role),
        _ => return Err("exactly one of clusterrole or role must be specified".into()),
    };
    let value = binding(context, "RoleBinding", &name, (kind, role))?;
    make(context, Kind::ROLE_BINDING, value)
}

pub(in super::super) fn cluster_role_binding(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.has("clusterrole") {
        return Err(required("clusterrole"));
    }
    let name = only_name(context)?;
    let role = context.args.text("clusterrole").unwrap_or_default();
    let value = binding(context, "ClusterRoleBinding", &name, ("ClusterRole", role))?;
    make(context, Kind::CLUSTER_ROLE_BINDING, value)
}

fn binding(context: &Context<'_>, kind: &str, name: &str, role: (&str, &str)) -> Result<Value, Failure> {
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects
            .extend(context.args.list(flag).iter().map(|name| json!({"apiGroup": GROUP, "kind": kind, "name": name})));
    }
    for account in context.args.list("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        let [namespace, name] = parts.as_slice() else {
            return Err("serviceaccount must be <namespace>:<name>".into());
        };
        if namespace.is_empty() || name.is_empty() {
            return Err("serviceaccount must be <namespace>:<name>".into());
        }
        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    let mut value = json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": role.0, "name": role.1}
    });
    if !subjects.is_empty() {
        value["subjects"] = subjects.into();
    }
    Ok(value)
}

fn unique(list: &[String]) -> Vec<String> {
    let mut unique: Vec<String> = Vec::new();
    for one in list.iter().filter(|one| !unique.contains(one)).cloned().collect::<Vec<_>>() {
        if !unique.contains(&one) {
            unique.push(one);
        }
    }
    unique
}

fn verbs(context: &Context<'_>) -> Vec<String> {
    let verbs = unique(context.args.list("verb"));
    if verbs.iter().any(|verb| verb == "*") { vec!["*".to_owned()] } else { verbs }
}

fn warn_of(verbs: &[String], context: &mut Context<'_>) {
    for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
        context.output.err_line(format!("Warning: '{verb}' is not a standard resource verb"));
    }
}

/// `deployments.apps/scale`.
struct Resource {
    name: String,
    group: String,
    part: String,
}

fn resources(context: &Context<'_>) -> Vec<Resource> {
    let mut found = Vec::new();
    for text in context.args.list("resource") {
        let (whole, part) = text.split_once('/').unwrap_or((text, ""));
        let (name, group) = whole.split_once('.').unwrap_or((whole, ""));
        let resource = Resource { name: name.to_owned(), group: group.to_owned(), part: part.to_owned() };
        if text == "*" {
            return vec![resource];
        }
        found.push(resource);
    }
    found
}

/// One rule for each API group, in order of their names.
fn rules(verbs: &[String], resources: &[Resource], names: &[String], kinds: &Kinds) -> Result<Vec<Value>, Failure> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut all = false;
    for resource in resources {
        if resource.name.is_empty() {
            return Err("resource must be specified if apiGroup/subresource specified".into());
        }
        all |= resource.name == "*";
        let word = match &*resource.group {
            "" => resource.name.clone(),
            group => format!("{}.{group}", resource.name),
        };
        let known = types::kind_of(&word, kinds);
        let (group, mut name) = match &known {
            Ok(kind) => (kind.info().group.to_owned(), kind.info().plural.to_owned()),
            Err(_) => (resource.group.clone(), resource.name.clone()),
        };
        if !all {
            let mut special = false;
            for (verb, targets) in SPECIAL.iter().filter(|(verb, _)| verbs.iter().any(|known| known == verb)) {
                if !targets.contains(&(group.as_str(), name.as_str())) {
                    return Err(Failure::Plain(format!("can not perform '{verb}' on '{name}' in group '{group}'")));
                }
                special = true;
            }
            if !special {
                known?;
            }
        }
        if !resource.part.is_empty() {
            name = format!("{name}/{}", resource.part);
        }
        let names = groups.entry(group).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names = unique(names);
    let rule = |(group, resources): (String, Vec<String>)| {
        let mut rule = json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
        if !names.is_empty() {
            rule["resourceNames"] = names.clone().into();
        }
        rule
    };
    Ok(groups.into_iter().map(rule).collect())
}
