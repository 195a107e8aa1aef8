//! ResourceQuotas: what the objects of a namespace use together, and the refusal of what would be too much.
//!
//! What is used is summed up from the objects that are there, so it can never be wrong; `status` follows each write.
//!
//! Models `k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go` and `pkg/quota/v1/evaluator/core`.

use super::limits::{containers, count};
use super::text;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Other};
use crate::api::quantity::Quantity;
use crate::api::resources::{Amounts, add, amounts, of_pod};
use crate::apiserver::{Result, Status, Store};
use crate::base::Order;
use crate::base::{Fields, Value};

/// Resources of pods that are not counts.
const COMPUTE: [&str; 6] = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// Refuses an object that would make its namespace use more than a quota allows.
pub(super) fn check(store: &Store, kind: Kind, new: &Value, old: Option<&Value>) -> Result<()> {
    let namespace = text(new, "/metadata/namespace");
    if namespace.is_empty() {
        return Ok(());
    }
    for quota in quotas(store, namespace) {
        let Some(spec) = quota.fields.get("spec") else { continue };
        if !in_scope(spec, kind, new) {
            continue;
        }
        let hard = amounts(spec.get("hard"));
        let name = text(new, "/metadata/name");
        let refuse = |why: String| Err(Status::forbidden(kind, name, &why));
        if kind == Kind::POD && old.is_none() {
            let missing = unsaid(new, &hard);
            if !missing.is_empty() {
                return refuse(format!("failed quota: {}: must specify {}", quota.meta.name, missing.join("; ")));
            }
        }
        let before = old.map(|old| usage(kind, old)).unwrap_or_default();
        let requested: Amounts = usage(kind, new)
            .into_iter()
            .filter(|(name, _)| hard.contains_key(name))
            .filter_map(|(name, amount)| {
                let before = before.get(&name).map_or(0, |before| before.milli_value());
                let more = amount.milli_value() - before;
                (more > 0).then(|| (name, Quantity::of_milli(more, amount.format())))
            })
            .collect();
        let used = used(store, namespace, spec);
        let exceeded: Vec<&String> = requested
            .iter()
            .filter(|(name, amount)| {
                let sum = used.get(*name).map_or(0, |used| used.nanos()) + amount.nanos();
                hard.get(*name).is_some_and(|hard| sum > hard.nanos())
            })
            .map(|(name, _)| name)
            .collect();
        if !exceeded.is_empty() {
            let list = |amounts: &Amounts| {
                let shown = exceeded.iter().filter_map(|name| Some(format!("{name}={}", amounts.get(*name)?)));
                shown.collect::<Vec<_>>().join(",")
            };
            return refuse(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.meta.name,
                list(&requested),
                list(&used),
                list(&hard)
            ));
        }
    }
    Ok(())
}

/// The status of a quota as it should be now, if it is another one.
pub(in crate::apiserver) fn outdated(store: &Store, namespace: &str) -> Vec<(Key, Object)> {
    quotas(store, namespace)
        .filter_map(|quota| {
            let spec = quota.fields.get("spec")?;
            let text_of = |amounts: &Amounts| {
                let pairs = amounts.iter().map(|(name, amount)| (name.clone(), amount.to_string().into()));
                Value::Object(pairs.collect::<Fields>())
            };
            let status = serde_json::json!({
                "hard": spec.get("hard").cloned().unwrap_or_else(|| Value::Object(Fields::new())),
                "used": text_of(&used(store, namespace, spec)),
            });
            if quota.fields.get("status") == Some(&status) {
                return None;
            }
            let mut changed = quota.clone();
            changed.fields.insert("status".to_owned(), status);
            let object = Object::Other(changed);
            Some((object.key(), object))
        })
        .collect()
}

fn quotas<'a>(store: &'a Store, namespace: &'a str) -> impl Iterator<Item = &'a Other> {
    store.list(Kind::RESOURCE_QUOTA, namespace).filter_map(|object| match &**object {
        Object::Other(quota) => Some(quota),
        _ => None,
    })
}

/// What the objects of a namespace use of what a quota limits.
fn used(store: &Store, namespace: &str, spec: &Value) -> Amounts {
    let hard = amounts(spec.get("hard"));
    let mut total: Amounts = hard.keys().map(|name| (name.clone(), count(0))).collect();
    for kind in Kind::all().filter(|kind| concerns(*kind, &hard)) {
        for object in store.list(kind, namespace) {
            if let Object::Pod(pod) = &**object
                && pod.is_terminal()
            {
                continue;
            }
            let value = object.to_value();
            if in_scope(spec, kind, &value) {
                let mut usage = usage(kind, &value);
                usage.retain(|name, _| hard.contains_key(name));
                add(&mut total, &usage);
            }
        }
    }
    total
}

/// Whether objects of the kind use anything that is limited.
fn concerns(kind: Kind, hard: &Amounts) -> bool {
    let info = kind.info();
    if !info.namespaced {
        return false;
    }
    hard.keys().any(|name| {
        *name == count_name(kind)
            || *name == info.plural
            || (kind == Kind::POD && COMPUTE.contains(&name.as_str()))
            || (kind == Kind::SERVICE && name.starts_with("services."))
            || (kind == Kind::PERSISTENT_VOLUME_CLAIM && name.ends_with("requests.storage"))
            || (kind == Kind::PERSISTENT_VOLUME_CLAIM
                && name.ends_with(".storageclass.storage.k8s.io/persistentvolumeclaims"))
    })
}

/// `count/deployments.apps`.
fn count_name(kind: Kind) -> String {
    format!("count/{}", kind.resource())
}

/// What one object uses, by the names that quotas have for it.
fn usage(kind: Kind, value: &Value) -> Amounts {
    let mut usage = Amounts::from([(count_name(kind), count(1)), (kind.info().plural.to_owned(), count(1))]);
    match kind {
        Kind::POD => {
            for part in ["requests", "limits"] {
                for (name, amount) in of_pod(value, part) {
                    if part == "requests" {
                        usage.insert(name.clone(), amount);
                    }
                    usage.insert(format!("{part}.{name}"), amount);
                }
            }
        }
        Kind::SERVICE => {
            let ports = value.pointer("/spec/ports").and_then(Value::as_array).map_or(0, Vec::len);
            let ports = i64::try_from(ports).unwrap_or(i64::MAX);
            let (node_ports, balancers) = match text(value, "/spec/type") {
                "NodePort" => (ports, 0),
                "LoadBalancer" if value.pointer("/spec/allocateLoadBalancerNodePorts") == Some(&Value::Bool(false)) => {
                    (0, 1)
                }
                "LoadBalancer" => (ports, 1),
                _ => (0, 0),
            };
            usage.insert("services.nodeports".to_owned(), count(node_ports));
            usage.insert("services.loadbalancers".to_owned(), count(balancers));
        }
        Kind::PERSISTENT_VOLUME_CLAIM => {
            let class = text(value, "/spec/storageClassName");
            let storage = amounts(value.pointer("/spec/resources/requests")).remove("storage");
            let prefix = format!("{class}.storageclass.storage.k8s.io/");
            if !class.is_empty() {
                usage.insert(format!("{prefix}persistentvolumeclaims"), count(1));
            }
            if let Some(storage) = storage {
                usage.insert("requests.storage".to_owned(), storage);
                if !class.is_empty() {
                    usage.insert(format!("{prefix}requests.storage"), storage);
                }
            }
        }
        _ => {}
    }
    usage
}

/// `requests.cpu for: web,sidecar`: limited resources that containers do not say.
fn unsaid(pod: &Value, hard: &Amounts) -> Vec<String> {
    let pod_says = |name: &str| {
        let (part, resource) = name.split_once('.').unwrap_or(("requests", name));
        pod.pointer(&format!("/spec/resources/{part}/{resource}")).is_some()
    };
    hard.keys()
        .filter(|name| COMPUTE.contains(&name.as_str()) && !pod_says(name))
        .filter_map(|name| {
            let (part, resource) = name.split_once('.').unwrap_or(("requests", name));
            let mut silent: Vec<&str> = containers(pod)
                .filter(|container| container.pointer(&format!("/resources/{part}/{resource}")).is_none())
                .map(|container| text(container, "/name"))
                .collect();
            silent.order();
            silent.dedup();
            (!silent.is_empty()).then(|| format!("{name} for: {}", silent.join(",")))
        })
        .collect()
}

/// Whether a quota counts this object. Scopes are about pods only; a quota with scopes counts nothing else.
fn in_scope(spec: &Value, kind: Kind, object: &Value) -> bool {
    let scopes = spec.get("scopes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let plain = scopes.map(|scope| (scope, "Exists", Vec::new()));
    let selected = spec.pointer("/scopeSelector/matchExpressions").and_then(Value::as_array).into_iter().flatten();
    let selected = selected.map(|expression| {
        let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
        (text(expression, "/scopeName"), text(expression, "/operator"), values.filter_map(Value::as_str).collect())
    });
    plain.chain(selected).all(|(scope, operator, values)| {
        if kind != Kind::POD {
            return false;
        }
        let best_effort = || of_pod(object, "requests").is_empty() && of_pod(object, "limits").is_empty();
        let terminating = object.pointer("/spec/activeDeadlineSeconds").is_some_and(|seconds| !seconds.is_null());
        let class = text(object, "/spec/priorityClassName");
        match scope {
            "BestEffort" => best_effort(),
            "NotBestEffort" => !best_effort(),
            "Terminating" => terminating,
            "NotTerminating" => !terminating,
            "PriorityClass" => match operator {
                "In" => values.contains(&class),
                "NotIn" => !values.contains(&class),
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            },
            _ => false,
        }
    })
}
