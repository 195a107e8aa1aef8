//! Follows who owns the fields of objects while users write them, and answers server-side applies.

use super::owners::{self, Owner, Type, Writer};
use super::{ApiServer, Body, PatchType, Reason, Request, Response, Result, Status, Subresource, Verb, manifest};
use crate::api::custom::Kinds;
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::api::schema;
use crate::base::Value;
use std::rc::Rc;

/// A user's write, as it was before it was done.
pub(super) struct Write {
    writer: Writer,
    old: Option<Rc<Object>>,
}

impl ApiServer {
    /// The owners of an object's fields: `metadata.managedFields`.
    pub fn managed_fields(&self, object: &Object) -> Value {
        owners::to_value(self.owners_of(object))
    }

    fn owners_of(&self, object: &Object) -> &[Owner] {
        self.owners.get(&object.meta().uid).map_or(&[], |owners| owners.as_slice())
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
        Some(Write { writer: self.writer(request), old: self.store().get(&request.key()).cloned() })
    }

    /// Notes the new owners of what a write changed.
    pub(super) fn follow(&mut self, write: Write, object: &Object) {
        if !object.kind().is_stored() || self.store().get(&object.key()).is_none() {
            return;
        }
        let kinds = self.kinds.clone();
        let Some(ty) = type_of(&kinds, object.kind()) else { return };
        let mut new = object.to_value();
        let mut old = write.old.map(|old| old.to_value());
        let api_version = object.kind().api_version();
        let status_is_apart = kinds.custom(object.kind()).is_none_or(|custom| custom.has_status(&api_version));
        if write.writer.subresource.is_empty() && status_is_apart {
            // The status is not written with the rest, but made by the server.
            for value in [Some(&mut new), old.as_mut()].into_iter().flatten() {
                value.as_object_mut().and_then(|fields| fields.remove("status"));
            }
        }
        let owners = owners::update(ty, old.as_ref(), &new, self.owners_of(object), &write.writer);
        self.owners.insert(object.meta().uid.clone(), Rc::new(owners));
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
        let config = manifest::decode(&kinds, kind, config, &[])?;
        let Some(old) = self.store().get(&request.key()).cloned() else {
            let body = Body::Json { value: config.clone(), duplicates: Vec::new() };
            let response = self.create_request(Request { verb: Verb::Create, body, ..request.clone() })?;
            let applied = owners::apply(ty, &Value::Object(Default::default()), &config, &[], &writer, true);
            if let Ok((_, owners)) = applied {
                self.own(request, response.object.as_deref(), owners);
            }
            return Ok(response);
        };
        let live = old.to_value();
        let force = request.options.force;
        let (merged, owners) = owners::apply(ty, &live, &config, self.owners_of(&old), &writer, force)
            .map_err(|conflicts| Status::new(Reason::Conflict, kind, &request.name, conflicts.message()))?;
        let (new, warnings) = self.updated_manifest(&old, merged, &[], request.subresource, &request.namespace)?;
        let response = self.put(&old, new, request.subresource, request.options.dry_run, warnings)?;
        self.own(request, response.object.as_deref(), owners);
        Ok(response)
    }

    fn own(&mut self, request: &Request, object: Option<&Object>, owners: Vec<Owner>) {
        if let (false, Some(object)) = (request.options.dry_run, object)
            && request.subresource != Subresource::Binding
        {
            self.owners.insert(object.meta().uid.clone(), Rc::new(owners));
        }
    }
}

/// The type of a kind's objects, as owners divide them.
fn type_of(kinds: &Kinds, kind: Kind) -> Option<Type<'_>> {
    match kinds.custom(kind) {
        Some(custom) => custom.schema(&kind.api_version()).map(Type::CustomObject),
        None => schema::of(kind).map(Type::Struct),
    }
}
