//! What an ingress controller makes of Ingress objects: which requests go to which Service.
//!
//! [`IngressNet`] is an Ingress as the network reads it; [`server`] puts those of one host together and finds the path, as
//! nginx does; [`backend`] finds the endpoints behind a path; [`certificate`] and [`regex`] are what that needs;
//! [`controller`] writes addresses and events. How a request
//! passes the controller is [`super::route`]'s matter, what is wrong when it does not, [`super::diagnose`]'s.
//!
//! Models ingress-nginx v1.15 (`internal/ingress/controller`), the controller that courses use.

pub mod backend;
pub mod certificate;
pub mod controller;
mod read;
pub mod regex;
pub mod server;

use super::view::{Key, NetView};
use crate::base::Order;
use crate::base::Str;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

/// The controller of an IngressClass that nginx acts on.
pub const CONTROLLER: &str = "k8s.io/ingress-nginx";
/// The annotation that named the class before there was a field, and the value that nginx takes for itself.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
const CLASS: &str = "nginx";
/// The label of the controller's pods, and its value.
const NAME_LABEL: &str = "app.kubernetes.io/name";
const NAME: &str = "ingress-nginx";

/// An Ingress.
#[derive(Clone, Debug, PartialEq)]
pub struct IngressNet {
    /// Namespace and name.
    pub key: Key,
    /// When it was made; of two that want the same path the older one has it.
    pub created: Str,
    /// `spec.ingressClassName`.
    pub class: Option<Str>,
    /// All annotations.
    pub annotations: BTreeMap<Str, Str>,
    /// `spec.defaultBackend`, if it is a Service.
    pub default: Option<Backend>,
    /// `spec.rules`.
    pub rules: Vec<HostRule>,
    /// `spec.tls`.
    pub tls: Vec<Tls>,
}

/// An entry of `spec.rules`.
#[derive(Clone, Debug, PartialEq)]
pub struct HostRule {
    /// The host; empty is any.
    pub host: Str,
    /// Its paths.
    pub paths: Vec<PathRule>,
}

/// A path of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRule {
    /// The path; `/` when none is given.
    pub path: Str,
    /// `Exact`; nginx takes `ImplementationSpecific` for `Prefix`.
    pub exact: bool,
    /// Where it leads; `None` when that is no Service.
    pub backend: Option<Backend>,
}

/// A port of a Service of the Ingress' namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The Service.
    pub service: Str,
    /// The port's number or name.
    pub port: Str,
}

/// An entry of `spec.tls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The hosts that it is for.
    pub hosts: Vec<Str>,
    /// The Secret with the certificate; empty is the controller's own.
    pub secret: Str,
}

/// Why the controller does nothing about an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMine {
    /// It names no class, and the cluster had no default one when it was made.
    NoClass,
    /// The annotation names another class.
    Annotation(Str),
    /// There is no IngressClass of that name.
    NoSuchClass(Str),
    /// The IngressClass is another controller's: the class, the controller.
    OtherController(Str, Str),
}

impl IngressNet {
    /// The value of an annotation of the controller: `rewrite-target`.
    pub fn note(&self, name: &str) -> Option<&str> {
        let key = format!("nginx.ingress.kubernetes.io/{name}");
        self.annotations.get(key.as_str()).map(|value| &**value).filter(|value| !value.is_empty())
    }

    /// Whether an annotation says yes.
    pub fn says(&self, name: &str) -> bool {
        self.note(name) == Some("true")
    }

    /// Why nginx does not act on it; `None` when it does.
    pub fn not_mine(&self, view: &NetView) -> Option<NotMine> {
        self.belongs_elsewhere(|class| view.ingress_class(class).cloned())
    }

    /// The same, asked of whoever knows the controllers of classes. Models `store.GetIngressClass`.
    pub fn belongs_elsewhere(&self, controller_of: impl FnOnce(&str) -> Option<Str>) -> Option<NotMine> {
        if let Some(class) = self.annotations.get(CLASS_ANNOTATION) {
            return (&**class != CLASS).then(|| NotMine::Annotation(class.clone()));
        }
        let Some(class) = &self.class else { return Some(NotMine::NoClass) };
        match controller_of(class) {
            None => Some(NotMine::NoSuchClass(class.clone())),
            Some(controller) if &*controller == CONTROLLER => None,
            Some(controller) => Some(NotMine::OtherController(class.clone(), controller)),
        }
    }

    /// Whether one of its rules is for a host.
    pub fn is_for(&self, host: &str) -> bool {
        self.rules.iter().any(|rule| covers(&rule.host, host))
    }
}

/// Where the controller is reached from outside: the address of its load balancer, or of a node.
pub fn address(view: &NetView) -> Option<IpAddr> {
    let service = view.services().find(|service| {
        let selects = |selector: &BTreeMap<Str, Str>| selector.get(NAME_LABEL).is_some_and(|name| **name == *NAME);
        service.selector.as_ref().is_some_and(selects) && service.ports.iter().any(|port| port.port == 80)
    })?;
    let balancer = service.ingress.iter().find_map(|ingress| ingress.ip);
    balancer.or_else(|| view.nodes().next().map(|node| node.ip))
}

/// Whether a name, perhaps with a `*` for its first label, stands for a host.
pub fn covers(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(rest) => {
            host.split_once('.').is_some_and(|(first, parent)| !first.is_empty() && parent.eq_ignore_ascii_case(rest))
        }
        None => name.eq_ignore_ascii_case(host),
    }
}

/// The Ingresses that the controller acts on, the ones that count first in front. Models `sortIngressSlice`.
pub fn acted_on(view: &NetView) -> Vec<&Rc<IngressNet>> {
    let mut found: Vec<&Rc<IngressNet>> = view.ingresses().filter(|one| one.not_mine(view).is_none()).collect();
    found.order_by(|a, b| (&a.created, &b.key).cmp(&(&b.created, &a.key)));
    found
}
