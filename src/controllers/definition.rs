//! CustomResourceDefinitions: they get their names, and take their objects with them.
//!
//! Models `apiextensions-apiserver/pkg/controller/{status,establish,finalizer}`, which run inside the API server.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::apiserver::{CLEANUP_FINALIZER, Change, Options, Reason, Result, Store};
use crate::base::Value;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use serde_json::json;
use std::collections::BTreeSet;

/// Accepts the names of definitions, and empties those that go.
#[derive(Clone, Default)]
pub struct DefinitionController;

impl Controller for DefinitionController {
    fn name(&self) -> &'static str {
        "crd-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        if change.key.kind == Kind::CUSTOM_RESOURCE_DEFINITION {
            queue.now(change.key.clone());
            if change.new.is_none() {
                // Its names are free for others.
                store.list(Kind::CUSTOM_RESOURCE_DEFINITION, "").for_each(|object| queue.now(object.key()));
            }
        } else if change.key.kind.is_custom() && change.new.is_none() {
            let info = change.key.kind.info();
            queue.now(Key::new(Kind::CUSTOM_RESOURCE_DEFINITION, "", format!("{}.{}", info.plural, info.group)));
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(definition) = context.api.store().get(key).cloned() else { return Ok(()) };
        if definition.meta().is_terminating() {
            return finalize(&definition, context);
        }
        let value = definition.to_value();
        let (names, accepted) = (&value["spec"]["names"], &value["status"]["acceptedNames"]);
        if names != accepted {
            let others = context.api.store().list(Kind::CUSTOM_RESOURCE_DEFINITION, "");
            let others: Vec<Value> =
                others.filter(|object| object.key() != *key).map(|object| object.to_value()).collect();
            let (names, problem) = accept(&value, &others);
            let (status, reason, message) = match &problem {
                None => ("True", "NoConflicts", "no conflicts found"),
                Some((reason, message)) => ("False", *reason, message.as_str()),
            };
            let mut value = value.clone();
            value["status"]["acceptedNames"] = names;
            set_condition(&mut value, ["NamesAccepted", status, reason, message], context);
            if problem.is_some() && !condition(&value, "Established") {
                set_condition(
                    &mut value,
                    ["Established", "False", "NotAccepted", "not all names are accepted"],
                    context,
                );
            }
            return write(value, context);
        }
        if condition(&value, "NamesAccepted") && !condition(&value, "Established") {
            let mut value = value.clone();
            let words = ["Established", "True", "InitialNamesAccepted", "the initial names have been accepted"];
            set_condition(&mut value, words, context);
            return write(value, context);
        }
        Ok(())
    }
}

fn write(value: Value, context: &mut Context<'_>) -> Result<()> {
    match Object::from_value(Kind::CUSTOM_RESOURCE_DEFINITION, value) {
        Some(object) => context.api.update_status(object).map(|_| ()),
        None => Ok(()),
    }
}

/// The names that a definition gets, and what stands against the first of those that it does not get.
///
/// Models `calculateNamesAndConditions`.
fn accept(definition: &Value, others: &[Value]) -> (Value, Option<(&'static str, String)>) {
    let group = &definition["spec"]["group"];
    let (mut resources, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for other in others.iter().filter(|other| other["spec"]["group"] == *group) {
        let names = &other["status"]["acceptedNames"];
        let short = names["shortNames"].as_array().into_iter().flatten();
        resources.extend([&names["plural"], &names["singular"]].into_iter().chain(short).filter_map(Value::as_str));
        kinds.extend([&names["kind"], &names["listKind"]].into_iter().filter_map(Value::as_str));
    }
    let (wanted, mut names) = (&definition["spec"]["names"], definition["status"]["acceptedNames"].clone());
    let mut problem = None;
    let taken = |name: &str, used: &BTreeSet<&str>| {
        used.contains(name).then(|| format!("{} is already in use", crate::base::text::go_quote(name)))
    };
    for (field, used, reason) in [
        ("plural", &resources, "PluralConflict"),
        ("singular", &resources, "SingularConflict"),
        ("shortNames", &resources, "ShortNamesConflict"),
        ("kind", &kinds, "KindConflict"),
        ("listKind", &kinds, "ListKindConflict"),
    ] {
        let conflicts: Vec<String> = match &wanted[field] {
            Value::String(name) if names[field] != **name => taken(name, used).into_iter().collect(),
            Value::Array(list) if names[field] != wanted[field] => {
                list.iter().filter_map(Value::as_str).filter_map(|name| taken(name, used)).collect()
            }
            _ => Vec::new(),
        };
        match conflicts.as_slice() {
            [] => names[field] = wanted[field].clone(),
            [one] => problem = Some((reason, one.clone())),
            many => problem = Some((reason, format!("[{}]", many.join(", ")))),
        }
    }
    names["categories"] = wanted["categories"].clone();
    if let Some(fields) = names.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    (names, problem)
}

fn condition(definition: &Value, kind: &str) -> bool {
    let conditions = definition["status"]["conditions"].as_array().into_iter().flatten();
    conditions.filter(|condition| condition["type"] == kind).any(|condition| condition["status"] == "True")
}

/// Sets a condition: its type, status, reason and message.
fn set_condition(definition: &mut Value, words: [&str; 4], context: &Context<'_>) {
    let [kind, status, reason, message] = words;
    let mut conditions = definition["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let old = conditions.iter().find(|condition| condition["type"] == kind && condition["status"] == status);
    let since = old.map(|condition| condition["lastTransitionTime"].clone());
    let since = since.unwrap_or_else(|| context.now.timestamp().to_string().into());
    let new =
        json!({"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message});
    match conditions.iter_mut().find(|condition| condition["type"] == kind) {
        Some(present) => *present = new,
        None => conditions.push(new),
    }
    definition["status"]["conditions"] = conditions.into();
}

/// Deletes all objects of a definition that goes; when none is left, lets it go.
///
/// Models `crd_finalizer.go`.
fn finalize(definition: &Object, context: &mut Context<'_>) -> Result<()> {
    if !definition.meta().finalizers.iter().any(|finalizer| &**finalizer == CLEANUP_FINALIZER) {
        return Ok(());
    }
    let name = &definition.meta().name;
    let named = |kind: &Kind| format!("{}.{}", kind.info().plural, kind.info().group) == **name;
    let kind = context.api.kinds().customs().iter().map(|custom| custom.kind).find(named);
    let keys: Vec<(Key, bool)> = kind
        .into_iter()
        .flat_map(|kind| context.api.store().list(kind, ""))
        .map(|object| (object.key(), object.meta().is_terminating()))
        .collect();
    for (key, _) in keys.iter().filter(|(_, terminating)| !terminating) {
        match context.api.delete(key, Options::default()) {
            Err(status) if status.reason != Reason::NotFound => return Err(status),
            _ => {}
        }
    }
    if keys.iter().any(|(key, _)| context.api.store().get(key).is_some()) {
        let mut value = definition.to_value();
        let words = ["Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"];
        set_condition(&mut value, words, context);
        return write(value, context);
    }
    let mut done = definition.clone();
    done.meta_mut().finalizers.retain(|finalizer| &**finalizer != CLEANUP_FINALIZER);
    context.api.update(done).map(|_| ())
}
