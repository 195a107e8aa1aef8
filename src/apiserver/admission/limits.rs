//! LimitRanges: requests and limits that containers get when they say none, and bounds that they must keep.
//!
//! Models `plugin/pkg/admission/limitranger/admission.go`.

use super::text;
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::api::quantity::{Format, Quantity};
use crate::api::resources::{Amounts, amounts, of_pod};
use crate::apiserver::{Result, Status, Store};
use crate::base::{Fields, Value};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// Gives the containers of a new pod the default requests and limits.
pub(super) fn default_requests(store: &Store, kind: Kind, value: &mut Value) {
    if kind != Kind::POD {
        return;
    }
    let limits = items(store, text(value, "/metadata/namespace"));
    for limit in limits.iter().filter(|limit| text(limit, "/type") == "Container") {
        let mut set = Vec::new();
        for (list, what) in [("containers", "container"), ("initContainers", "init container")] {
            let containers = value.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                let name = text(container, "/name").to_owned();
                for (source, part, word) in [("defaultRequest", "requests", "request"), ("default", "limits", "limit")]
                {
                    let added = fill_in(container, part, limit.get(source));
                    if !added.is_empty() {
                        set.push(format!("{} {word} for {what} {name}", added.join(", ")));
                    }
                }
            }
        }
        if !set.is_empty() && value["metadata"].is_object() {
            value["metadata"]["annotations"][ANNOTATION] = format!("LimitRanger plugin set: {}", set.join("; ")).into();
        }
    }
}

/// Refuses what is out of bounds: a new pod or claim. Pods cannot change their resources here.
pub(super) fn check(store: &Store, kind: Kind, new: &Value, old: Option<&Value>) -> Result<()> {
    let is_new_pod = kind == Kind::POD && old.is_none();
    if !is_new_pod && kind != Kind::PERSISTENT_VOLUME_CLAIM {
        return Ok(());
    }
    let mut problems = Vec::new();
    for limit in items(store, text(new, "/metadata/namespace")) {
        let bounds = Bounds::of(&limit);
        match (text(&limit, "/type"), kind) {
            ("Container", Kind::POD) => {
                for container in containers(new) {
                    bounds.check(
                        &amounts(container.pointer("/resources/requests")),
                        &amounts(container.pointer("/resources/limits")),
                        &mut problems,
                    );
                }
            }
            ("Pod", Kind::POD) => bounds.check(&of_pod(new, "requests"), &of_pod(new, "limits"), &mut problems),
            ("PersistentVolumeClaim", Kind::PERSISTENT_VOLUME_CLAIM) => {
                bounds.check_claim(&amounts(new.pointer("/spec/resources/requests")), &mut problems);
            }
            _ => {}
        }
    }
    let why = match problems.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Err(Status::forbidden(kind, text(new, "/metadata/name"), &why))
}

/// The `spec.limits` of all LimitRanges of a namespace.
fn items(store: &Store, namespace: &str) -> Vec<Value> {
    store
        .list(Kind::LIMIT_RANGE, namespace)
        .filter_map(|object| match &**object {
            Object::Other(range) => range.fields.get("spec").and_then(|spec| spec.get("limits")?.as_array()),
            _ => None,
        })
        .flatten()
        .cloned()
        .collect()
}

/// Sets what the container does not say; says what was set.
fn fill_in(container: &mut Value, part: &str, defaults: Option<&Value>) -> Vec<String> {
    let Some(defaults) = defaults.and_then(Value::as_object).filter(|defaults| !defaults.is_empty()) else {
        return Vec::new();
    };
    if !container["resources"].is_object() {
        container["resources"] = Value::Object(Fields::new());
    }
    if !container["resources"][part].is_object() {
        container["resources"][part] = Value::Object(Fields::new());
    }
    let Some(present) = container["resources"][part].as_object_mut() else { return Vec::new() };
    let missing: Vec<String> = defaults.keys().filter(|name| !present.contains_key(*name)).cloned().collect();
    for name in &missing {
        present.insert(name.clone(), defaults.get(name).cloned().unwrap_or_default());
    }
    missing
}

/// All containers of a pod: those that run, then those that run before.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/spec/containers", "/spec/initContainers"]
        .into_iter()
        .flat_map(|list| pod.pointer(list).and_then(Value::as_array).into_iter().flatten())
}

/// An item of `spec.limits`.
struct Bounds<'a> {
    kind: &'a str,
    min: Amounts,
    max: Amounts,
    ratio: Amounts,
}

impl Bounds<'_> {
    fn of(limit: &Value) -> Bounds<'_> {
        let list = |name: &str| amounts(limit.get(name));
        Bounds { kind: text(limit, "/type"), min: list("min"), max: list("max"), ratio: list("maxLimitRequestRatio") }
    }

    fn check(&self, requests: &Amounts, limits: &Amounts, problems: &mut Vec<String>) {
        let kind = self.kind;
        for (name, bound) in &self.min {
            let rule = format!("minimum {name} usage per {kind} is {bound}");
            match (requests.get(name), limits.get(name)) {
                (None, _) => problems.push(format!("{rule}.  No request is specified")),
                (Some(request), _) if request.nanos() < bound.nanos() => {
                    problems.push(format!("{rule}, but request is {request}"));
                }
                (_, Some(limit)) if limit.nanos() < bound.nanos() => {
                    problems.push(format!("{rule}, but limit is {limit}"));
                }
                _ => {}
            }
        }
        for (name, bound) in &self.max {
            let rule = format!("maximum {name} usage per {kind} is {bound}");
            match (limits.get(name), requests.get(name)) {
                (None, _) => problems.push(format!("{rule}.  No limit is specified")),
                (Some(limit), _) if limit.nanos() > bound.nanos() => {
                    problems.push(format!("{rule}, but limit is {limit}"));
                }
                (_, Some(request)) if request.nanos() > bound.nanos() => {
                    problems.push(format!("{rule}, but request is {request}"));
                }
                _ => {}
            }
        }
        for (name, bound) in &self.ratio {
            let rule = format!("{name} max limit to request ratio per {kind} is {bound}");
            let there = |amount: Option<&Quantity>| amount.copied().filter(|amount| !amount.is_zero());
            match (there(requests.get(name)), there(limits.get(name))) {
                (None, _) => problems.push(format!("{rule}, but no request is specified or request is 0")),
                (_, None) => problems.push(format!("{rule}, but no limit is specified or limit is 0")),
                (Some(request), Some(limit)) => {
                    let ratio = limit.milli_value() as f64 / request.milli_value() as f64;
                    if ratio > bound.milli_value() as f64 / 1000.0 {
                        problems.push(format!("{rule}, but provided ratio is {ratio:.6}"));
                    }
                }
            }
        }
    }

    fn check_claim(&self, requests: &Amounts, problems: &mut Vec<String>) {
        let kind = self.kind;
        for (bounds, word, beyond) in
            [(&self.min, "minimum", std::cmp::Ordering::Less), (&self.max, "maximum", std::cmp::Ordering::Greater)]
        {
            for (name, bound) in bounds {
                let rule = format!("{word} {name} usage per {kind} is {bound}");
                match requests.get(name) {
                    None => problems.push(format!("{rule}.  No request is specified")),
                    Some(request) if request.nanos().cmp(&bound.nanos()) == beyond => {
                        problems.push(format!("{rule}, but request is {request}"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// A count as an amount.
pub(super) fn count(number: i64) -> Quantity {
    Quantity::of(number, Format::DecimalSI)
}
