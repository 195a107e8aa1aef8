//! Creation.
//!
//! Models `k8s.io/apiserver/pkg/registry/generic/registry/store.go` `Create` and `registry/rest/create.go`.

use super::{ApiServer, Body, Request, Response, Result, Status, admission, custom, has_generation, manifest, reviews};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Namespace, Object};
use crate::base::text::go_quote;
use crate::base::{Str, Value};

/// How often a generated name that is taken is made anew.
const NAME_TRIES: usize = 8;
/// The longest prefix of a generated name: five characters follow, and 63 are allowed.
const GENERATED_PREFIX: usize = 58;

impl ApiServer {
    pub(super) fn create_request(&mut self, mut request: Request) -> Result<Response> {
        let deprecation = self.deprecation(&request);
        let (value, duplicates) = match std::mem::take(&mut request.body) {
            Body::Json { value, duplicates } => (value, duplicates),
            Body::Object(object) => return self.create_object(*object),
            Body::None | Body::Patch(..) => return Err(Status::bad_request("the body of the request is missing")),
        };
        let draws = self.draws;
        let created = self.create_manifest(&request, value, &duplicates);
        self.created(created, draws, request.options.dry_run).map(|mut response| {
            response.warnings.extend(deprecation);
            response
        })
    }

    /// Creates a component's object.
    pub(super) fn create_object(&mut self, object: Object) -> Result<Response> {
        let draws = self.draws;
        let created = self.create_typed(object).map(|object| (object, Vec::new()));
        self.created(created, draws, false)
    }

    /// Keeps a new object, or makes as if nothing had been drawn for it.
    fn created(&mut self, created: Result<(Object, Vec<String>)>, draws: u64, dry_run: bool) -> Result<Response> {
        match created {
            Ok((object, warnings)) => {
                let key = object.key();
                let object = if dry_run || !key.kind.is_stored() {
                    self.draws = draws;
                    Some(std::rc::Rc::new(object))
                } else {
                    self.commit(key, Some(object))
                };
                Ok(Response { object, warnings, ..Response::default() })
            }
            Err(status) => {
                self.draws = draws;
                Err(status)
            }
        }
    }

    /// What a user wrote becomes an object, or is refused.
    fn create_manifest(
        &mut self,
        request: &Request,
        value: Value,
        duplicates: &[crate::base::path::FieldPath],
    ) -> Result<(Object, Vec<String>)> {
        let kind = request.kind;
        let validation = request.options.field_validation;
        let (mut value, unknown) = manifest::decode(&self.kinds, kind, value, duplicates, validation)?;
        if !kind.is_stored() {
            return Ok((reviews::answer(self.store(), kind, value)?, Vec::new()));
        }
        manifest::set_namespace(kind, &mut value, &request.namespace)?;
        manifest::default(&self.kinds, kind, &mut value);
        self.admit_namespace(kind, &manifest::name(&value), &request.namespace)?;
        if let Some(custom) = self.kinds.custom(kind) {
            custom::admit(custom, &manifest::name(&value))?;
        }
        let name =
            self.generated_name(kind, &request.namespace, &manifest::name(&value), &manifest::generate_name(&value));
        manifest::set_name(&mut value, &name);
        let suffix = if kind == Kind::POD { self.draw("token-volume").name_suffix(5) } else { String::new() };
        admission::mutate(self.store(), kind, &mut value, &suffix)?;
        if kind == Kind::SERVICE {
            self.allocate_service(&mut value, None)?;
        }
        // A Job's selector is made from its uid, so the identity comes before the rest is prepared.
        manifest::set_uid(&mut value, &self.draw("uid").uuid());
        manifest::prepare(&self.kinds, kind, &mut value);
        let mut warnings = unknown;
        warnings.extend(manifest::validate_create(&self.kinds, kind, &value)?);
        admission::check(self.store(), kind, &value, None)?;
        let object = Object::from_value(kind, value)
            .ok_or_else(|| Status::bad_request(format!("{} cannot be read", kind.info().kind)))?;
        let object = self.stamp(object)?;
        Ok((object, warnings))
    }

    /// A component's object is complete but for its name and identity.
    fn create_typed(&mut self, mut object: Object) -> Result<Object> {
        let kind = object.kind();
        let meta = object.meta();
        self.admit_namespace(kind, &meta.name, &meta.namespace)?;
        let name = self.generated_name(kind, &meta.namespace, &meta.name, &meta.generate_name);
        object.meta_mut().name = name;
        object.meta_mut().uid = self.draw("uid").uuid().into();
        if let Object::Pod(pod) = &mut object {
            let suffix = self.draw("token-volume").name_suffix(5);
            admission::pods::admit(self.store(), pod, &suffix)?;
        }
        if admission::is_ruled(self.store(), &object.meta().namespace) {
            object = self.admit_ruled(object)?;
        }
        if kind == Kind::JOB {
            // A CronJob's Job is as incomplete as one that a user writes: it lacks defaults and its selector.
            let mut value = object.to_value();
            manifest::default(&self.kinds, kind, &mut value);
            manifest::prepare(&self.kinds, kind, &mut value);
            object = Object::from_value(kind, value).unwrap_or(object);
        }
        self.stamp(object)
    }

    /// Admits a component's object in a namespace with limits or quotas.
    fn admit_ruled(&self, object: Object) -> Result<Object> {
        let kind = object.kind();
        let mut value = object.to_value();
        admission::mutate(self.store(), kind, &mut value, "")?;
        admission::check(self.store(), kind, &value, None)?;
        Ok(Object::from_value(kind, value).unwrap_or(object))
    }

    /// Gives an object, whose uid is drawn, the rest of its system fields; or says that the name is taken.
    fn stamp(&mut self, mut object: Object) -> Result<Object> {
        let key = object.key();
        if let Some(existing) = self.store.get(&key) {
            let mut status = Status::already_exists(key.kind, &key.name);
            if existing.meta().is_terminating() {
                status.message = format!("object is being deleted: {}", status.message);
            }
            return Err(status);
        }
        let now = self.now.timestamp();
        let meta = object.meta_mut();
        meta.creation_timestamp = Some(now);
        meta.deletion_timestamp = None;
        meta.deletion_grace_period_seconds = None;
        meta.generation = i64::from(has_generation(key.kind));
        if let Object::Namespace(namespace) = &mut object {
            namespace.meta.labels.insert("kubernetes.io/metadata.name", key.name);
            namespace.spec.finalizers = vec!["kubernetes".into()];
            namespace.status.phase = "Active".into();
        }
        Ok(object)
    }

    /// The name asked for, or a generated one that is free.
    ///
    /// Models `k8s.io/apiserver/pkg/storage/names/generate.go`.
    fn generated_name(&mut self, kind: Kind, namespace: &Str, name: &str, prefix: &str) -> Str {
        if !name.is_empty() || prefix.is_empty() {
            return name.into();
        }
        let prefix: String = prefix.chars().take(GENERATED_PREFIX).collect();
        let mut candidate = Key::new(kind, namespace.clone(), "");
        for _ in 0..NAME_TRIES {
            candidate.name = (prefix.clone() + &self.draw("name").name_suffix(5)).into();
            if self.store.get(&candidate).is_none() {
                break;
            }
        }
        candidate.name
    }

    /// Nothing is made in a namespace that is not there or on its way out.
    ///
    /// Models `plugin/pkg/admission/namespace/lifecycle`.
    fn admit_namespace(&self, kind: Kind, name: &str, namespace: &Str) -> Result<()> {
        if !kind.info().namespaced {
            return Ok(());
        }
        let key = Key::new(Kind::NAMESPACE, "", namespace.clone());
        match self.store.get(&key).and_then(|object| Namespace::of(object)) {
            None => Err(Status::new(
                super::Reason::NotFound,
                Kind::NAMESPACE,
                namespace,
                format!("namespaces {} not found", go_quote(namespace)),
            )),
            Some(found) if &*found.status.phase == "Terminating" => Err(Status::forbidden(
                kind,
                name,
                &format!("unable to create new content in namespace {namespace} because it is being terminated"),
            )),
            Some(_) => Ok(()),
        }
    }
}
