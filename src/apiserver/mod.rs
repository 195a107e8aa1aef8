//! The API server: the one door through which objects are written.
//!
//! A request comes in ([`request`]), an object or a refusal goes out ([`status`]). On the way of a write stand, in this
//! order: decode and default ([`manifest`], for what users wrote), admission ([`admission`]), allocation ([`allocate`]),
//! validation, and the commit to the [`store`]. Verbs have a file each: [`create`], [`update`], [`patch`], [`delete`], and so has [`evict`].
//! [`events`] records Events for the components.
//!
//! Not here: who acts on objects (`controllers`), when (`sim`), and how kubectl words things (`kubectl`).
//! Start with [`ApiServer::handle`].

pub mod admission;
pub mod allocate;
mod change;
mod create;
mod custom;
mod delete;
pub mod events;
mod evict;
mod manifest;
pub mod owners;
mod ownership;
mod patch;
pub mod rbac;
pub mod request;
mod reviews;
mod service_fields;
pub mod status;
pub mod store;
#[cfg(test)]
mod tests;
mod told;
mod update;
mod url;
pub mod watch;

use crate::api::custom::Kinds;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::base::pmap::PMap;
use crate::base::time::SimTime;
use crate::base::{Str, rng::Rng};
pub use custom::CLEANUP_FINALIZER;
pub use rbac::{ADMINISTRATOR, User};
pub use request::{Body, FieldValidation, Options, PatchType, Propagation, Request, Response, Subresource, Verb};
pub use status::{Reason, Result, Status};
use std::rc::Rc;
pub use store::{Because, Cause, Change, Store};
pub use told::Kept;
pub use update::TEMPLATE_GENERATION;

/// What the API server is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiConfig {
    /// The seed of uids, generated names and dynamic allocation.
    pub seed: u64,
    /// The first address and the prefix length of Services' addresses, for example `10.0.0.0` and 16.
    pub service_cidr: (std::net::Ipv4Addr, u8),
    /// The same for IPv6, in a cluster with both families.
    pub service_cidr6: Option<(std::net::Ipv6Addr, u8)>,
    /// The range of node ports, both ends included.
    pub node_ports: (i32, i32),
}

/// The API server and its store. Cloning is cheap.
#[derive(Clone)]
pub struct ApiServer {
    /// All objects and their history. Everybody may read it; only this module writes it.
    store: Store,
    config: Rc<ApiConfig>,
    events: events::Recorder,
    /// What is served: the kinds of Kubernetes, and those of the definitions in the store.
    kinds: Kinds,
    /// Who owned the fields of the objects that users wrote, by uid, when they did so last: at which revision.
    owners: PMap<Str, Rc<(u64, Vec<owners::Owner>)>>,
    /// How many random choices were made: each has a stream of its own.
    draws: u64,
    /// The time of what happens now; set by the engine.
    pub now: SimTime,
    /// Why it happens; set by the engine.
    pub cause: Cause,
}

/// What a request without an effect could leave behind: random numbers used up, and owners of fields.
pub struct Checkpoint {
    draws: u64,
    owners: PMap<Str, Rc<(u64, Vec<owners::Owner>)>>,
}

impl ApiServer {
    /// An empty API server.
    pub fn new(config: ApiConfig) -> ApiServer {
        ApiServer {
            store: Store::default(),
            config: Rc::new(config),
            events: events::Recorder::default(),
            kinds: Kinds::default(),
            owners: PMap::new(),
            draws: 0,
            now: SimTime::ZERO,
            cause: Cause::default(),
        }
    }

    /// The objects.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The kinds that the server serves.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// What the server was started with.
    pub fn config(&self) -> &ApiConfig {
        &self.config
    }

    /// Forgets the objects of all but the last `keep` changes.
    pub fn trim_log(&mut self, keep: usize) {
        self.store.trim_log(keep);
    }

    /// What a request without an effect could leave behind.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { draws: self.draws, owners: self.owners.clone() }
    }

    /// Makes as if nothing had been asked since the checkpoint, given that nothing was written.
    pub fn restore(&mut self, checkpoint: Checkpoint) {
        self.draws = checkpoint.draws;
        self.owners = checkpoint.owners;
    }

    /// Answers a request. A refused or dry request leaves everything as it was.
    pub fn handle(&mut self, request: Request) -> Result<Response> {
        let write = self.followed(&request);
        let response = self.dispatch(request)?;
        if let (Some(write), Some(object)) = (write, &response.object) {
            self.follow(write, object);
        }
        Ok(response)
    }

    fn dispatch(&mut self, request: Request) -> Result<Response> {
        match request.verb {
            Verb::Get => self.get(&request.key()).map(Response::of),
            Verb::List => Ok(Response {
                items: self.store.list(request.kind, &request.namespace).cloned().collect(),
                ..Response::default()
            }),
            Verb::Create if request.subresource == Subresource::Eviction => self.evict(&request),
            Verb::Create => self.create_request(request),
            Verb::Update => self.update_request(request),
            Verb::Patch => self.patch_request(request),
            Verb::Delete => self.delete_request(&request),
        }
    }

    /// The object, or 404.
    pub fn get(&self, key: &Key) -> Result<Rc<Object>> {
        self.store.get(key).cloned().ok_or_else(|| Status::not_found(key.kind, &key.name))
    }

    /// Creates an object for a component. The name may be left to the server by `generateName`.
    pub fn create(&mut self, object: impl Into<Object>) -> Result<Rc<Object>> {
        let object = object.into();
        let (kind, name) = (object.kind(), object.meta().name.clone());
        self.create_object(object)?.object.ok_or_else(|| Status::not_found(kind, &name))
    }

    /// Writes all but the status of an object for a component.
    pub fn update(&mut self, object: impl Into<Object>) -> Result<Rc<Object>> {
        self.write(object.into(), Subresource::None)
    }

    /// Writes the status of an object for a component.
    pub fn update_status(&mut self, object: impl Into<Object>) -> Result<Rc<Object>> {
        self.write(object.into(), Subresource::Status)
    }

    /// Deletes an object for a component.
    pub fn delete(&mut self, key: &Key, options: Options) -> Result<()> {
        self.handle(Request::new(Verb::Delete, key).options(options)).map(|_| ())
    }

    /// The quick way of components' updates: there is nothing to decode, and nobody follows who owns what.
    fn write(&mut self, object: Object, subresource: Subresource) -> Result<Rc<Object>> {
        let old = self.get(&object.key())?;
        if subresource == Subresource::Status && !self.status_is_apart(old.kind()) {
            return Err(update::no_such_part(&old));
        }
        let response = self.put(&old, object, subresource, false, Vec::new())?;
        response.object.ok_or_else(|| Status::not_found(old.kind(), &old.meta().name))
    }

    /// Makes something whose random numbers are its own: what is made afterwards is as it would have been without.
    pub fn aside(&mut self, make: impl FnOnce(&mut ApiServer)) {
        let draws = std::mem::replace(&mut self.draws, 1 << 40);
        make(self);
        self.draws = draws;
    }

    /// A stream of random numbers that nothing else uses.
    fn draw(&mut self, domain: &str) -> Rng {
        self.draws += 1;
        Rng::stream_of_number(self.config.seed, domain, self.draws)
    }

    /// Brings the status of a namespace's quotas up to date.
    fn keep_quotas(&mut self, namespace: &str) {
        if namespace.is_empty() || self.store.count(Kind::RESOURCE_QUOTA) == 0 {
            return;
        }
        for (key, quota) in admission::quota::outdated(&self.store, namespace) {
            self.store.write(self.now, self.cause, key, Some(quota));
        }
    }

    fn commit(&mut self, key: Key, object: Option<Object>) -> Option<Rc<Object>> {
        if object.is_none()
            && let Some(old) = self.store.get(&key)
        {
            self.owners.remove(&old.meta().uid);
        }
        let namespace = key.namespace.clone();
        let defines = key.kind == Kind::CUSTOM_RESOURCE_DEFINITION;
        let written = self.store.write(self.now, self.cause, key, object);
        if defines {
            self.read_definitions();
        }
        self.keep_quotas(&namespace);
        written
    }
}

impl Response {
    fn of(object: Rc<Object>) -> Response {
        Response { object: Some(object), ..Response::default() }
    }
}

/// Kinds whose `metadata.generation` counts changes of the desired state.
fn has_generation(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::SERVICE
            | Kind::CONFIG_MAP
            | Kind::SECRET
            | Kind::ENDPOINTS
            | Kind::NAMESPACE
            | Kind::NODE
            | Kind::EVENT
            | Kind::SERVICE_ACCOUNT
            | Kind::PERSISTENT_VOLUME
            | Kind::PERSISTENT_VOLUME_CLAIM
            | Kind::LEASE
            | Kind::RESOURCE_QUOTA
            | Kind::LIMIT_RANGE
            | Kind::STORAGE_CLASS
            | Kind::CLUSTER_ROLE
            | Kind::CLUSTER_ROLE_BINDING
            | Kind::ROLE
            | Kind::ROLE_BINDING
            | Kind::HORIZONTAL_POD_AUTOSCALER
            | Kind::CONTROLLER_REVISION
            | Kind::API_SERVICE
            | Kind::CERTIFICATE_SIGNING_REQUEST
            | Kind::CSI_NODE
            | Kind::CSI_STORAGE_CAPACITY
            | Kind::IP_ADDRESS
            | Kind::RESOURCE_CLAIM
            | Kind::RESOURCE_CLAIM_TEMPLATE
            | Kind::RUNTIME_CLASS
            | Kind::SERVICE_CIDR
            | Kind::VOLUME_ATTACHMENT
            | Kind::VOLUME_ATTRIBUTES_CLASS
    )
}

/// The name of a namespace as it stands in requests, or the empty one of cluster-scoped kinds.
pub fn namespace_of(kind: Kind, namespace: &Str) -> Str {
    if kind.info().namespaced { namespace.clone() } else { Str::from("") }
}
