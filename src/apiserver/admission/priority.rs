//! Priority classes: a pod gets the priority of its class, or that of the cluster's default class.
//!
//! Models `plugin/pkg/admission/priority/admission.go`.

use super::text;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Other, PodSpec};
use crate::apiserver::{Result, Status, Store};
use crate::base::{Str, Value};
use std::rc::Rc;

/// What a pod's class says.
struct Priority {
    class: Str,
    value: i32,
    preemption: Str,
}

/// Resolves the class of a pod that a user wrote.
pub(super) fn admit(store: &Store, pod: &mut Value) -> Result<()> {
    let name = text(pod, "/metadata/name").to_owned();
    let found = resolve(store, &name, text(pod, "/spec/priorityClassName"))?;
    let refuse = |why: String| Err(Status::forbidden(Kind::POD, &name, &why));
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else { return Ok(()) };
    if let Some(said) = spec.get("priority").and_then(Value::as_i64)
        && said != i64::from(found.value)
    {
        return refuse(format!(
            "the integer value of priority ({said}) must not be provided in pod spec; priority admission controller computed \
             {} from the given PriorityClass name",
            found.value
        ));
    }
    if let Some(said) = spec.get("preemptionPolicy").and_then(Value::as_str)
        && said != &*found.preemption
    {
        return refuse(format!(
            "the string value of PreemptionPolicy ({said}) must not be provided in pod spec; priority admission controller \
             computed {} from the given PriorityClass name",
            found.preemption
        ));
    }
    if !found.class.is_empty() {
        spec.insert("priorityClassName".to_owned(), Value::from(&*found.class));
    }
    spec.insert("priority".to_owned(), found.value.into());
    spec.insert("preemptionPolicy".to_owned(), Value::from(&*found.preemption));
    Ok(())
}

/// Resolves the class of a controller's pod. The spec that all pods of a template share is left alone when it is right.
pub(in crate::apiserver) fn admit_typed(store: &Store, name: &str, spec: &mut Rc<PodSpec>) -> Result<()> {
    let class = spec.rest.get("priorityClassName").and_then(Value::as_str).unwrap_or_default();
    if class.is_empty() && default_class(store).is_none() {
        return Ok(());
    }
    let found = resolve(store, name, class)?;
    if spec.priority != Some(found.value) || class != &*found.class {
        let spec = Rc::make_mut(spec);
        spec.priority = Some(found.value);
        spec.rest.insert("priorityClassName".to_owned(), Value::from(&*found.class));
        spec.rest.insert("preemptionPolicy".to_owned(), Value::from(&*found.preemption));
    }
    Ok(())
}

/// Only one class may be the default.
pub(super) fn check(store: &Store, kind: Kind, new: &Value) -> Result<()> {
    let wants_default = kind == Kind::PRIORITY_CLASS && new.get("globalDefault") == Some(&Value::Bool(true));
    let name = text(new, "/metadata/name");
    match default_class(store).filter(|class| wants_default && &*class.meta.name != name) {
        None => Ok(()),
        Some(class) => Err(Status::forbidden(
            kind,
            name,
            &format!("PriorityClass {} is already marked as default. Only one default can exist", class.meta.name),
        )),
    }
}

fn resolve(store: &Store, pod: &str, class: &str) -> Result<Priority> {
    let found = if class.is_empty() {
        default_class(store)
    } else {
        let key = Key::new(Kind::PRIORITY_CLASS, "", class);
        let Some(Object::Other(found)) = store.get(&key).map(|object| &**object) else {
            let why = format!("no PriorityClass with name {class} was found");
            return Err(Status::forbidden(Kind::POD, pod, &why));
        };
        Some(found)
    };
    let field = |name: &str| found.and_then(|class| class.fields.get(name));
    let value = field("value").and_then(Value::as_i64).and_then(|value| i32::try_from(value).ok());
    Ok(Priority {
        class: found.map_or_else(|| Str::from(""), |class| class.meta.name.clone()),
        value: value.unwrap_or(0),
        preemption: field("preemptionPolicy").and_then(Value::as_str).unwrap_or("PreemptLowerPriority").into(),
    })
}

/// The default class: of several (made while nobody looked), the one of the lowest value.
fn default_class(store: &Store) -> Option<&Other> {
    let classes = store.list(Kind::PRIORITY_CLASS, "").filter_map(|object| match &**object {
        Object::Other(class) if class.fields.get("globalDefault") == Some(&Value::Bool(true)) => Some(class),
        _ => None,
    });
    classes.min_by_key(|class| class.fields.get("value").and_then(Value::as_i64))
}
