//! Follows who owns the fields of objects while users write them, and answers server-side applies.

use super::owners::{self, Owner, Type, Writer};
use super::{
    ApiServer, Body, FieldValidation, PatchType, Reason, Request, Response, Result, Status, Subresource, Verb, manifest,
};
use crate::api::custom::Kinds;
use crate::api::decode;
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::api::schema;
use crate::api::versions;
use crate::base::Value;
use crate::base::path::{FieldPath, Step};
use crate::base::text::go_quote;
use std::rc::Rc;

/// A user's write, as it was before it was done.
pub(super) struct Write {
    writer: Writer,
    old: Option<Rc<Object>>,
    /// What a new object was to be: the server adds to it what nobody owns.
    sent: Option<Value>,
}

/// Fields of a new pod that admission fills in, and that nobody owns.
const ADMITTED: [&str; 5] = ["serviceAccount", "serviceAccountName", "tolerations", "priority", "preemptionPolicy"];

impl ApiServer {
    /// The owners of an object's fields: `metadata.managedFields`.
    pub fn managed_fields(&self, object: &Object) -> Value {
        owners::to_value(&self.owners_of(object))
    }

    /// Who owns the fields of an object: what is remembered of users' writes, and what components wrote since.
    fn owners_of(&self, object: &Object) -> Vec<Owner> {
        let (key, uid) = (object.key(), &object.meta().uid);
        let known = self.owners.get(uid);
        let (rev, mut owners) = known.map_or((0, Vec::new()), |known| (known.0, known.1.clone()));
        let Some(ty) = type_of(&self.kinds, key.kind) else { return owners };
        for change in self.store.changes_after(rev).filter(|change| change.key == key && change.cause.by != USER) {
            let Some(new) = change.new.as_ref().filter(|new| new.meta().uid == *uid) else { continue };
            let Some((subresource, old, new)) = written(change.old.as_deref(), new) else { continue };
            let writer = Writer {
                manager: manager(change.cause.by, key.kind).into(),
                subresource: subresource.into(),
                api_version: key.kind.api_version().into(),
                time: change.at.timestamp(),
            };
            owners = owners::update(ty, old.as_ref(), &new, &owners, &writer);
        }
        owners
    }

    fn remember(&mut self, object: &Object, owners: Vec<Owner>) {
        self.owners.insert(object.meta().uid.clone(), Rc::new((self.store.rev(), owners)));
    }

    fn writer(&self, request: &Request) -> Writer {
        Writer {
            manager: request.options.field_manager.clone(),
            subresource: request.subresource.as_str().into(),
            api_version: request.kind.api_version().into(),
            time: self.now.timestamp(),
        }
    }

    /// What is to be remembered of a request until it is done; nothing if no owners come of it. Applies see to their
    /// owners themselves.
    pub(super) fn followed(&self, request: &Request) -> Option<Write> {
        let is_write = matches!(request.verb, Verb::Create | Verb::Update | Verb::Patch)
            && !matches!(request.body, Body::Object(_) | Body::Patch(PatchType::Apply, _));
        if !is_write || request.options.dry_run || request.options.field_manager.is_empty() {
            return None;
        }
        let sent = match (&request.body, request.verb) {
            (Body::Json { value, .. }, Verb::Create) => Some(value.clone()),
            _ => None,
        };
        Some(Write { writer: self.writer(request), old: self.store().get(&request.key()).cloned(), sent })
    }

    /// Notes the new owners of what a write changed.
    pub(super) fn follow(&mut self, write: Write, object: &Object) {
        if !object.kind().is_stored() || self.store().get(&object.key()).is_none() {
            return;
        }
        let kinds = self.kinds.clone();
        let Some(ty) = type_of(&kinds, object.kind()) else { return };
        let mut new = object.to_value();
        let read = |sent| manifest::decode(&kinds, object.kind(), sent, &[], FieldValidation::Ignore).ok();
        if let Some((mut sent, _)) = write.sent.and_then(read) {
            manifest::default(&kinds, object.kind(), &mut sent);
            new = sent;
        }
        let mut old = write.old.map(|old| old.to_value());
        let api_version = object.kind().api_version();
        let status_is_apart = kinds.custom(object.kind()).is_none_or(|custom| custom.has_status(&api_version));
        if write.writer.subresource.is_empty() && status_is_apart {
            // The status is not written with the rest, but made by the server.
            for value in [Some(&mut new), old.as_mut()].into_iter().flatten() {
                value.as_object_mut().and_then(|fields| fields.remove("status"));
            }
        }
        let owners = owners::update(ty, old.as_ref(), &new, &self.owners_of(object), &write.writer);
        self.remember(object, owners);
    }

    /// Server-side apply: creates the object, or changes it by the fields that the writer wants to own.
    ///
    /// Models `applyPatcher` in `k8s.io/apiserver/pkg/endpoints/handlers/patch.go`.
    pub(super) fn apply_request(&mut self, request: &Request, config: Value) -> Result<Response> {
        let kind = request.kind;
        let kinds = self.kinds.clone();
        let Some(ty) = type_of(&kinds, kind) else {
            let message = format!("no kind {} is registered for apply", kind.info().kind);
            return Err(Status::new(Reason::UnsupportedMediaType, kind, &request.name, message));
        };
        if request.options.field_manager.is_empty() {
            return Err(Status::bad_request("fieldManager is required for apply patch"));
        }
        let writer = self.writer(request);
        let sent = config;
        undeclared(kind, request, &sent)?;
        let (mut config, unknown) =
            manifest::decode(&kinds, kind, sent.clone(), &[], request.options.field_validation)?;
        let Some(old) = self.store().get(&request.key()).cloned() else {
            let body = Body::Json { value: config.clone(), duplicates: Vec::new() };
            let response = self.create_request(Request { verb: Verb::Create, body, ..request.clone() })?;
            if request.subresource == Subresource::None && self.status_is_apart(kind) {
                without_status(&mut config);
            }
            let applied = owners::apply(ty, &Value::Object(Default::default()), (&config, &sent), &[], &writer, true);
            if let Ok((_, owners)) = applied {
                self.own(request, response.object.as_deref(), owners);
            }
            return Ok(response);
        };
        if request.subresource == Subresource::None && self.status_is_apart(kind) {
            // The main resource does not write the status, so an apply to it does not own it.
            without_status(&mut config);
        }
        let live = old.to_value();
        let force = request.options.force;
        let (merged, owners) = owners::apply(ty, &live, (&config, &sent), &self.owners_of(&old), &writer, force)
            .map_err(|conflicts| Status::new(Reason::Conflict, kind, &request.name, conflicts.message()))?;
        let (new, warnings) = self.updated_manifest(&old, merged, request.subresource, &request.namespace)?;
        let warnings = [unknown, warnings].concat();
        let response = self.put(&old, new, request.subresource, request.options.dry_run, warnings)?;
        self.own(request, response.object.as_deref(), owners);
        Ok(response)
    }

    fn own(&mut self, request: &Request, object: Option<&Object>, owners: Vec<Owner>) {
        if let (false, Some(object)) = (request.options.dry_run, object)
            && request.subresource != Subresource::Binding
        {
            self.remember(object, owners);
        }
    }
}

/// Refuses an apply of fields that the kind does not have.
///
/// Models `Apply` in `k8s.io/apimachinery/pkg/util/managedfields/internal/structuredmerge.go`.
fn undeclared(kind: Kind, request: &Request, sent: &Value) -> Result<()> {
    let Some(Err(error)) = versions::schema_of(kind, sent).map(|ty| decode::check_type(ty, sent, &[])) else {
        return Ok(());
    };
    if !error.is_strict() {
        return Ok(());
    }
    let told: Vec<String> =
        error.told.iter().map(|fault| format!("{}: field not declared in schema", keyed(&fault.path, sent))).collect();
    let told = match told.as_slice() {
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let version = versions::of(kind, sent);
    let version = if version.contains('/') { version } else { format!("/{version}") };
    let (namespace, name) = (&request.namespace, &request.name);
    let of = format!("{namespace}/{name}; {version}, Kind={}", kind.info().kind);
    let message = format!("failed to create typed patch object ({of}): {told}");
    Err(Status { reason: Reason::Unknown, ..Status::bad_request(message) })
}

/// A path as structured merge prints it: `.spec.containers[name="web"].image`.
fn keyed(path: &FieldPath, value: &Value) -> String {
    let mut text = String::new();
    let mut at = Some(value);
    for step in &path.0 {
        match step {
            Step::Index(index) => {
                at = at.and_then(|list| list.get(index));
                match at.and_then(|item| item.get("name")).and_then(Value::as_str) {
                    Some(name) => text.push_str(&format!("[name={}]", go_quote(name))),
                    None => text.push_str(&format!("[{index}]")),
                }
            }
            Step::Field(name) | Step::Key(name) => {
                at = at.and_then(|fields| fields.get(name.as_str()));
                text.push_str(&format!(".{name}"));
            }
        }
    }
    text
}

/// What a component wrote: through which part, over what, and what. `None` if nobody owns it: a pod's node.
fn written(old: Option<&Object>, new: &Object) -> Option<(&'static str, Option<Value>, Value)> {
    if let (Some(Object::Pod(old)), Object::Pod(new)) = (old, new)
        && old.node_name != new.node_name
    {
        return None;
    }
    let mut after = new.to_value();
    let Some(old) = old else {
        without_status(&mut after);
        if let Object::Pod(pod) = new {
            without_admitted(&mut after, &pod.token_volume);
        }
        return Some(("", None, after));
    };
    let mut before = old.to_value();
    let mut rest = (before.clone(), after.clone());
    for value in [&mut rest.0, &mut rest.1] {
        without_status(value);
        // A Deployment's revision is written with its status, and versions are nobody's.
        for field in ["resourceVersion", "generation", "annotations"] {
            value["metadata"].as_object_mut().and_then(|meta| meta.remove(field));
        }
    }
    let subresource = if rest.0 == rest.1 && before.get("status") != after.get("status") { "status" } else { "" };
    if subresource.is_empty() {
        without_status(&mut before);
        without_status(&mut after);
    }
    Some((subresource, Some(before), after))
}

fn without_status(value: &mut Value) {
    value.as_object_mut().and_then(|fields| fields.remove("status"));
}

fn without_admitted(pod: &mut Value, token: &str) {
    let Some(spec) = pod["spec"].as_object_mut() else { return };
    spec.retain(|name, _| !ADMITTED.contains(&name.as_str()));
    let drop_token = |list: Option<&mut Value>| {
        if let Some(Value::Array(items)) = list {
            items.retain(|item| item["name"] != token);
        }
    };
    drop_token(spec.get_mut("volumes"));
    for field in ["containers", "initContainers"] {
        for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            drop_token(container.get_mut("volumeMounts"));
            let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            if let Some(fields) = container.as_object_mut() {
                fields.retain(|_, value| !empty(value));
            }
        }
    }
    spec.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
}

/// Who writes, for causes that are users' inputs.
const USER: &str = "user";

/// The manager of a component's writes: the name of its program.
fn manager(component: &str, kind: Kind) -> &'static str {
    match component {
        "kubelet" => "kubelet",
        "cluster" if kind == Kind::NODE => "kubelet",
        "cluster" | "crd-controller" => "kube-apiserver",
        "default-scheduler" | "scheduler" => "kube-scheduler",
        "service-lb-controller" | "service-controller" => "cloud-controller-manager",
        _ => "kube-controller-manager",
    }
}

/// The type of a kind's objects, as owners divide them.
fn type_of(kinds: &Kinds, kind: Kind) -> Option<Type<'_>> {
    match kinds.custom(kind) {
        Some(custom) => custom.schema(&kind.api_version()).map(Type::CustomObject),
        None => schema::of(kind).map(Type::Struct),
    }
}
