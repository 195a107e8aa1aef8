//! What DaemonSets, StatefulSets and Jobs have in common: a selector, a template, and pods that are theirs. These kinds have
//! no typed struct of their own; their controllers read the few fields that they need.

use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::meta::Meta;
use crate::api::objects::pod::PodTemplate;
use crate::api::objects::{Object, Other, Pod, controller_ref};
use crate::api::selector::LabelSelector;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Result, Store, admission};
use crate::base::{Str, Value};
use crate::controllers::claim::{Claim, claim};
use crate::controllers::runtime::{Context, Enqueue};
use std::rc::Rc;
use std::time::Duration;

/// How long changes of pods are collected before their workload is looked at.
const COALESCE: Duration = Duration::from_millis(20);

/// A workload as its controller sees it.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The object.
    pub object: Rc<Object>,
    /// Which pods are its own.
    pub selector: LabelSelector,
    /// How its pods are made.
    pub template: Rc<PodTemplate>,
}

impl Workload {
    /// Reads a workload.
    pub fn read(key: &Key, store: &Store) -> Option<Workload> {
        let object = store.get(key)?.clone();
        let spec = fields(&object)?.fields.get("spec")?;
        Some(Workload {
            selector: spec.get("selector").and_then(|selector| Json::from_json(selector.clone())).unwrap_or_default(),
            template: Rc::new(Json::from_json(spec.get("template")?.clone())?),
            object,
        })
    }

    /// Metadata.
    pub fn meta(&self) -> &Meta {
        self.object.meta()
    }

    /// A field, by JSON pointer (`/spec/replicas`).
    pub fn field(&self, pointer: &str) -> Option<&Value> {
        let mut parts = pointer.trim_start_matches('/').splitn(2, '/');
        let first = fields(&self.object)?.fields.get(parts.next()?)?;
        match parts.next() {
            Some(rest) => first.pointer(&format!("/{rest}")),
            None => Some(first),
        }
    }

    /// A number.
    pub fn number(&self, pointer: &str) -> Option<i64> {
        self.field(pointer).and_then(Value::as_i64)
    }

    /// Its pods, whatever their state, after adopting and releasing.
    pub fn claim_pods(&self, context: &mut Context<'_>) -> Result<Vec<Rc<Object>>> {
        let meta = self.meta();
        let store = context.api.store();
        let candidates: Vec<Rc<Object>> =
            store.owned_by(&meta.uid).chain(store.orphan_pods(&meta.namespace)).cloned().collect();
        let mut kept = Vec::new();
        for object in candidates {
            let Some(pod) = Pod::of(&object) else { continue };
            match claim(meta, &pod.meta, self.selector.matches(&pod.meta.labels)) {
                Claim::Keep => kept.push(object),
                Claim::Adopt if pod.is_active() => {
                    let mut pod = pod.clone();
                    pod.meta.owner_references.push(controller_ref(self.object.kind(), &meta.name, &meta.uid));
                    kept.push(context.api.update(pod)?);
                }
                Claim::Release if pod.is_active() => {
                    let mut pod = pod.clone();
                    pod.meta.owner_references.retain(|owner| owner.uid != meta.uid);
                    context.api.update(pod)?;
                }
                _ => {}
            }
        }
        Ok(kept)
    }

    /// A pod as the template says. Without a name it gets a generated one.
    pub fn new_pod(&self) -> Pod {
        let meta = self.meta();
        Pod {
            meta: Meta {
                generate_name: Str::from(format!("{}-", meta.name)),
                namespace: meta.namespace.clone(),
                labels: self.template.meta.labels.clone(),
                annotations: self.template.meta.annotations.clone(),
                finalizers: self.template.meta.finalizers.clone(),
                owner_references: vec![controller_ref(self.object.kind(), &meta.name, &meta.uid)],
                ..Meta::default()
            },
            spec: admission::admitted(&self.template),
            ..Pod::default()
        }
    }

    /// Makes a pod and tells.
    pub fn create_pod(&self, pod: Pod, source: Source<'_>, context: &mut Context<'_>) -> Result<()> {
        match context.api.create(pod) {
            Ok(created) => {
                let message = match self.object.kind() {
                    Kind::STATEFUL_SET => {
                        let (pod, set) = (&created.meta().name, &self.meta().name);
                        format!("create Pod {pod} in StatefulSet {set} successful")
                    }
                    _ => format!("Created pod: {}", created.meta().name),
                };
                context.api.event(&self.object, source, EventType::Normal, "SuccessfulCreate", &message);
                Ok(())
            }
            Err(status) if status.message.contains("because it is being terminated") => Ok(()),
            Err(status) => {
                let message = format!("Error creating: {}", status.message);
                context.api.event(&self.object, source, EventType::Warning, "FailedCreate", &message);
                Err(status)
            }
        }
    }

    /// Deletes a pod and tells.
    pub fn delete_pod(&self, pod: &Pod, source: Source<'_>, context: &mut Context<'_>) -> Result<()> {
        let key = Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone());
        context.api.delete(&key, Options { uid: Some(pod.meta.uid.clone()), ..Options::default() })?;
        let message = match self.object.kind() {
            Kind::STATEFUL_SET => {
                format!("delete Pod {} in StatefulSet {} successful", pod.meta.name, self.meta().name)
            }
            _ => format!("Deleted pod: {}", pod.meta.name),
        };
        context.api.event(&self.object, source, EventType::Normal, "SuccessfulDelete", &message);
        Ok(())
    }

    /// Writes the status, if it says anything new.
    pub fn write_status(&self, status: Value, context: &mut Context<'_>) -> Result<()> {
        if self.field("/status") == Some(&status) {
            return Ok(());
        }
        let mut changed = (*self.object).clone();
        if let Object::Other(other) = &mut changed {
            other.fields.insert("status".to_owned(), status);
        }
        context.api.update_status(changed).map(|_| ())
    }
}

fn fields(object: &Object) -> Option<&Other> {
    match object {
        Object::Other(other) => Some(other),
        _ => None,
    }
}

/// Names the workloads of a kind to which a change matters: to one itself (but for its status), or to a pod of it.
pub fn observe(kind: Kind, change: &Change, queue: &mut Enqueue) {
    if change.key.kind == kind {
        let unchanged = match (&change.old, &change.new) {
            (Some(old), Some(new)) => {
                let (old, new) = (old.meta(), new.meta());
                (old.generation, old.deletion_timestamp) == (new.generation, new.deletion_timestamp)
                    && old.annotations == new.annotations
            }
            _ => false,
        };
        if !unchanged {
            queue.now(change.key.clone());
        }
    } else if change.key.kind == Kind::POD {
        for object in change.old.iter().chain(&change.new) {
            let owner = object.meta().controller().filter(|owner| *owner.kind == *kind.info().kind);
            if let Some(owner) = owner {
                queue.after(change.key.sibling(kind, owner.name.clone()), COALESCE);
            }
        }
    }
}
