//! Requests, shaped as Kubernetes' REST: a verb, a resource, a name, a body, options.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::base::path::FieldPath;
use crate::base::{Str, Value};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// GET of one object.
    Get,
    /// GET of a collection.
    List,
    /// POST.
    Create,
    /// PUT.
    Update,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Verb {
    /// The HTTP method.
    pub fn method(self) -> &'static str {
        match self {
            Verb::Get | Verb::List => "GET",
            Verb::Create => "POST",
            Verb::Update => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        }
    }

    /// The verb's name, as roles have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
        }
    }

    /// Whether the cluster may be another one afterwards.
    pub fn is_write(self) -> bool {
        !matches!(self, Verb::Get | Verb::List)
    }
}

/// The part of an object that a request is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subresource {
    /// All but the status.
    #[default]
    None,
    /// The status.
    Status,
    /// The number of replicas.
    Scale,
    /// The node of a pod.
    Binding,
    /// The finalizers of a namespace.
    Finalize,
    /// The removal of a pod, if its budget allows it.
    Eviction,
}

impl Subresource {
    /// The last part of the path.
    pub fn as_str(self) -> &'static str {
        match self {
            Subresource::None => "",
            Subresource::Status => "status",
            Subresource::Scale => "scale",
            Subresource::Binding => "binding",
            Subresource::Finalize => "finalize",
            Subresource::Eviction => "eviction",
        }
    }
}

/// How a patch is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PatchType {
    /// `application/strategic-merge-patch+json`.
    Strategic,
    /// `application/merge-patch+json`.
    Merge,
    /// `application/json-patch+json`.
    Json,
    /// `application/apply-patch+yaml`: the fields that the writer wants to own.
    Apply,
}

/// What comes with a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// An object as a user writes it: it is decoded strictly, defaulted and validated.
    Json {
        /// The object.
        value: Value,
        /// Fields that the text had twice. A request that was let in does not need them again.
        #[serde(skip)]
        duplicates: Vec<FieldPath>,
    },
    /// A typed object from a component of the cluster: decoded, defaulted and valid by construction.
    #[serde(skip)]
    Object(Box<Object>),
    /// A patch.
    Patch(PatchType, Value),
}

/// What happens to the objects that an object owns when it is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    /// They are deleted afterwards.
    #[default]
    Background,
    /// They are deleted first.
    Foreground,
    /// They stay.
    Orphan,
}

/// What becomes of fields that a kind does not have, or that were given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldValidation {
    /// They are refused.
    #[default]
    Strict,
    /// They are left out, with a warning.
    Warn,
    /// They are left out.
    Ignore,
}

/// Options of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Answer as if, but write nothing.
    pub dry_run: bool,
    /// Seconds of grace for a deletion; `None`: the object's own.
    pub grace_period_seconds: Option<i64>,
    /// What happens to owned objects.
    pub propagation: Propagation,
    /// Delete only the object with this uid.
    pub uid: Option<Str>,
    /// Who writes, for the owners of fields; empty: nobody is noted.
    pub field_manager: Str,
    /// Whether an apply takes fields away from their owners.
    pub force: bool,
    /// What becomes of unknown fields.
    pub field_validation: FieldValidation,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What is asked for.
    pub verb: Verb,
    /// Of which kind.
    pub kind: Kind,
    /// The version in which a patch is written; empty: the kind's own.
    pub api_version: Str,
    /// In which namespace; empty for cluster-scoped kinds, and for all namespaces in a list.
    pub namespace: Str,
    /// The name; empty for lists and for a generated name.
    pub name: Str,
    /// Which part.
    pub subresource: Subresource,
    /// What comes with it.
    pub body: Body,
    /// Options.
    pub options: Options,
}

impl Request {
    /// A request about the object `key`, without a body.
    pub fn new(verb: Verb, key: &Key) -> Request {
        Request {
            verb,
            kind: key.kind,
            api_version: Str::from(""),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            subresource: Subresource::None,
            body: Body::None,
            options: Options::default(),
        }
    }

    /// The same about a part of the object.
    pub fn subresource(mut self, subresource: Subresource) -> Request {
        self.subresource = subresource;
        self
    }

    /// The same in another served version.
    pub fn in_version(mut self, api_version: &str) -> Request {
        self.api_version = api_version.into();
        self
    }

    /// The same with a body.
    pub fn body(mut self, body: Body) -> Request {
        self.body = body;
        self
    }

    /// The same with options.
    pub fn options(mut self, options: Options) -> Request {
        self.options = options;
        self
    }

    /// The object that the request names.
    pub fn key(&self) -> Key {
        Key { kind: self.kind, namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// The URL path: `/apis/apps/v1/namespaces/default/deployments/web/status`.
    pub fn path(&self) -> String {
        let info = self.kind.info();
        let mut path = match &*self.api_version {
            "" if info.group.is_empty() => "/api/v1".to_owned(),
            "" => format!("/apis/{}/{}", info.group, info.version),
            "v1" => "/api/v1".to_owned(),
            version => format!("/apis/{version}"),
        };
        if !self.namespace.is_empty() {
            path.push_str(&format!("/namespaces/{}", self.namespace));
        }
        path.push('/');
        path.push_str(info.plural);
        // A new object's name stands in its body, not in the path.
        let is_new = self.verb == Verb::Create && self.subresource == Subresource::None;
        let name = if is_new { "" } else { &*self.name };
        for part in [name, self.subresource.as_str()].into_iter().filter(|part| !part.is_empty()) {
            path.push('/');
            path.push_str(part);
        }
        path
    }
}

/// What the server answers when it says yes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// The object read or written; for a deletion, the object as it was last.
    pub object: Option<Rc<Object>>,
    /// The objects of a list.
    pub items: Vec<Rc<Object>>,
    /// Texts of `Warning` headers.
    pub warnings: Vec<String>,
}
