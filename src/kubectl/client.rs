//! kubectl's requests to the API server, and the warnings that come back with the answers.

use super::exec::Output;
use super::failure::Failure;
use super::field_selector::FieldSelector;
use super::label_selector::Selector;
use crate::api::custom::Kinds;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::apiserver::rbac::{self, User, Wish};
use crate::apiserver::{Body, FieldValidation, Options, PatchType, Request, Response, Status, Subresource, Verb};
use crate::base::text::{go_json, go_quote};
use crate::base::time::Timestamp;
use crate::base::{Str, Value};
use crate::sim::Engine;
use std::rc::Rc;

/// A connection to the cluster.
pub struct Client<'a> {
    engine: &'a mut Engine,
    output: &'a mut Output,
    /// The name under which fields are owned.
    manager: Str,
    /// The version in which patches are written; empty: the kind's own.
    version: Str,
    /// What becomes of unknown fields.
    validation: FieldValidation,
    /// Who asks, if it is not the administrator.
    user: Option<User>,
}

/// Which objects of a list are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// `-l`.
    pub labels: &'a str,
    /// `--field-selector`.
    pub fields: &'a str,
}

impl<'a> Client<'a> {
    /// A connection that prints warnings to `output`.
    pub fn new(engine: &'a mut Engine, output: &'a mut Output) -> Client<'a> {
        Client {
            engine,
            output,
            manager: "kubectl".into(),
            version: "".into(),
            validation: FieldValidation::Strict,
            user: None,
        }
    }

    /// The same, owning fields under this name.
    pub fn managed_by(self, manager: &str) -> Client<'a> {
        Client { manager: manager.into(), ..self }
    }

    /// The same, as somebody else than the administrator.
    pub fn acting_as(self, user: Option<User>) -> Client<'a> {
        Client { user, ..self }
    }

    /// The same, with what becomes of unknown fields.
    pub fn validating(self, validation: FieldValidation) -> Client<'a> {
        Client { validation, ..self }
    }

    /// The same, patching in this version.
    pub fn in_version(self, version: &str) -> Client<'a> {
        Client { version: version.into(), ..self }
    }

    /// Server-side apply.
    pub fn apply(&mut self, key: &Key, value: Value, force: bool, dry_run: bool) -> Result<Rc<Object>, Failure> {
        let request = Request::new(Verb::Patch, key).body(Body::Patch(PatchType::Apply, value));
        let options = Options { force, ..self.options(dry_run) };
        self.object(request.options(options))
    }

    fn options(&self, dry_run: bool) -> Options {
        let (field_manager, field_validation) = (self.manager.clone(), self.validation);
        Options { dry_run, field_manager, field_validation, ..Options::default() }
    }

    /// Now, as ages are counted from.
    pub fn now(&self) -> Timestamp {
        self.engine.now().timestamp()
    }

    /// The kinds that the cluster serves.
    pub fn kinds(&self) -> &Kinds {
        self.engine.world().api.kinds()
    }

    /// Where the command prints.
    pub fn output(&mut self) -> &mut Output {
        self.output
    }

    fn send(&mut self, request: Request) -> Result<Response, Failure> {
        if request.kind == Kind::ENDPOINTS {
            self.output.warning("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
        }
        if let Some(user) = &self.user {
            self.permit(user, &request)?;
        }
        let response = self.engine.request(request)?;
        for warning in &response.warnings {
            self.output.warning(warning);
        }
        Ok(response)
    }

    /// Whether the user may do it.
    fn permit(&self, user: &User, request: &Request) -> Result<(), Failure> {
        let info = request.kind.info();
        let resource = match request.subresource {
            Subresource::None => info.plural.to_owned(),
            subresource => format!("{}/{}", info.plural, subresource.as_str()),
        };
        let wish = Wish {
            verb: request.verb.as_str(),
            group: info.group,
            resource: &resource,
            namespace: &request.namespace,
            name: if request.verb == Verb::Create { "" } else { &request.name },
            path: None,
        };
        match rbac::may(self.engine.world().api.store(), user, &wish) {
            true => Ok(()),
            false => Err(wish.refusal(request.kind, user).into()),
        }
    }

    fn object(&mut self, request: Request) -> Result<Rc<Object>, Failure> {
        let (kind, name) = (request.kind, request.name.clone());
        let object = self.send(request)?.object;
        object.ok_or_else(|| Status::not_found(kind, &name).into())
    }

    /// Reads an object.
    pub fn get(&mut self, key: &Key) -> Result<Rc<Object>, Failure> {
        self.object(Request::new(Verb::Get, key))
    }

    /// Reads the objects of a kind in a namespace (empty: in all), by namespace and name.
    pub fn list(&mut self, kind: Kind, namespace: &str, filter: Filter<'_>) -> Result<Vec<Rc<Object>>, Failure> {
        let refuse = |why: String| {
            let info = kind.info();
            let group_version = if info.group.is_empty() { "/v1".to_owned() } else { kind.api_version() };
            Failure::from(Status::bad_request(format!(
                "Unable to find {} that match label selector {}, field selector {}: {why}",
                go_quote(&format!("{group_version}, Resource={}", info.plural)),
                go_quote(filter.labels),
                go_quote(filter.fields)
            )))
        };
        let labels = Selector::parse(filter.labels).map_err(refuse)?;
        let fields = FieldSelector::parse(filter.fields).map_err(refuse)?;
        fields.check(kind, self.kinds()).map_err(refuse)?;
        let namespace = if kind.info().namespaced { namespace } else { "" };
        let mut items = self.send(Request::new(Verb::List, &Key::new(kind, namespace, "")))?.items;
        items.retain(|object| labels.matches(object.labels()) && fields.matches(object));
        if kind == Kind::EVENT {
            // The store gives them in the order in which they were made.
            items.sort_by_cached_key(|object| object.key());
        }
        Ok(items)
    }

    /// Answers a GET of a path with the text of the answer.
    pub fn read(&mut self, url: &str) -> Result<String, Failure> {
        if matches!(url, "/healthz" | "/livez" | "/readyz") {
            return Ok("ok".to_owned());
        }
        let request = Request::read(self.kinds(), "GET", url, "", "")?;
        let (kind, lists) = (request.kind, request.verb == Verb::List);
        let response = self.send(request)?;
        if !lists {
            let object = response.object.map_or(Value::Null, |object| object.to_value());
            return Ok(go_json(&object) + "\n");
        }
        let items: Vec<Value> = response.items.iter().map(|object| object.to_value()).collect();
        let revision = self.engine.world().api.store().rev().to_string();
        let kind_of_list = format!("{}List", kind.info().kind);
        Ok(go_json(&serde_json::json!({
            "kind": kind_of_list, "apiVersion": kind.api_version(), "metadata": {"resourceVersion": revision},
            "items": items
        })) + "\n")
    }

    /// Creates an object from what a user wrote.
    pub fn create(&mut self, key: &Key, value: Value, dry_run: bool) -> Result<Rc<Object>, Failure> {
        // The YAML reader has taken the last of repeated keys, as kubectl's does.
        let request = Request::new(Verb::Create, key).body(Body::Json { value, duplicates: Vec::new() });
        let options = self.options(dry_run);
        self.object(request.options(options))
    }

    /// Changes an object.
    pub fn patch(
        &mut self,
        key: &Key,
        patch: (PatchType, Value),
        subresource: Subresource,
        dry_run: bool,
    ) -> Result<Rc<Object>, Failure> {
        let request = Request::new(Verb::Patch, key).subresource(subresource).body(Body::Patch(patch.0, patch.1));
        let request = request.in_version(&self.version);
        let options = self.options(dry_run);
        self.object(request.options(options))
    }

    /// Writes an object in place of the one that is there.
    pub fn replace(
        &mut self,
        key: &Key,
        value: Value,
        subresource: Subresource,
        dry_run: bool,
    ) -> Result<Rc<Object>, Failure> {
        let body = Body::Json { value, duplicates: Vec::new() };
        let request = Request::new(Verb::Update, key).subresource(subresource).body(body);
        let options = self.options(dry_run);
        self.object(request.options(options))
    }

    /// Evicts a pod: deletes it, if its budget allows that.
    pub fn evict(&mut self, pod: &Key, options: Options) -> Result<(), Failure> {
        let request = Request::new(Verb::Create, pod).subresource(Subresource::Eviction).options(options);
        self.send(request).map(|_| ())
    }

    /// Deletes an object; returns it as it was, or as it is while it waits to be removed.
    pub fn delete(&mut self, key: &Key, options: Options) -> Result<Option<Rc<Object>>, Failure> {
        Ok(self.send(Request::new(Verb::Delete, key).options(options))?.object)
    }

    /// The uid of the object with this name, if it is there. Not a request: a watch that runs already knows.
    pub fn peek(&self, key: &Key) -> Option<Rc<Object>> {
        self.engine.world().api.store().get(key).cloned()
    }

    /// The key of an object of a kind: cluster-scoped kinds have no namespace.
    pub fn key(kind: Kind, namespace: &str, name: &str) -> Key {
        let namespace = if kind.info().namespaced { namespace } else { "" };
        Key { kind, namespace: Str::from(namespace), name: Str::from(name) }
    }
}
