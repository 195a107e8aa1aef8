//! Why a request failed, with the lines of the objects that show it, and what to change.
//!
//! [`diagnose`] takes a trace and walks a decision table ([`table`]) over facts of the snapshot; [`check_service`] asks the
//! same of a Service before anybody sends a request. [`endpoints`] holds the rows about missing endpoints, [`family`] those about IPv4 and IPv6, [`names`] those
//! about names, [`policy`] those about NetworkPolicies, [`ingress`] those about Ingresses, [`ports`] those about ports,
//! [`reach`] those about places, [`rollout`] those about pods that come and go; [`surprise`] has remarks on requests that
//! were answered; [`near`] finds the label that was meant.

mod endpoints;
mod facts;
mod family;
mod ingress;
mod names;
mod near;
mod policy;
mod ports;
mod reach;
mod rollout;
mod surprise;
mod table;

pub use endpoints::check_service;
pub use near::{NearMiss, near_miss, nearest};
pub use table::TABLE;

use super::route::{Client, Trace};
use super::view::{NetView, ObjectRef};
use crate::base::Value;
use crate::base::msg::Msg;
use crate::base::path::FieldPath;

/// A line of an object that proves the cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The object.
    pub object: ObjectRef,
    /// The field, so that an editor can point at the line.
    pub path: FieldPath,
    /// What is to be seen there.
    pub says: Msg,
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A JSON patch (RFC 6902) of an object.
    JsonPatch(ObjectRef, Value),
    /// A JSON merge patch (RFC 7386) of an object.
    MergePatch(ObjectRef, Value),
    /// A command for the console.
    Command(String),
    /// Another URL to ask for.
    Url(String),
    /// A URL to ask for from another place.
    From(Client, String),
    /// A `Host` header to send with a URL.
    Host(String, String),
    /// Nothing that could be done by a click.
    Advice,
}

impl Action {
    /// The line for the console that does it.
    pub fn console_line(&self) -> Option<String> {
        let patch = |object: &ObjectRef, kind: &str, patch: &Value| {
            let resource = object.kind.to_ascii_lowercase();
            let place = match &*object.key.namespace {
                "" => String::new(),
                namespace => format!(" -n {namespace}"),
            };
            // Within single quotes of a shell only the quote itself is special.
            let body = patch.to_string().replace('\'', "'\\''");
            format!("kubectl patch {resource} {}{place} --type={kind} -p '{body}'", object.key.name)
        };
        match self {
            Action::JsonPatch(object, body) => Some(patch(object, "json", body)),
            Action::MergePatch(object, body) => Some(patch(object, "merge", body)),
            Action::Command(line) => Some(line.clone()),
            Action::Url(url) | Action::From(_, url) => Some(format!("curl {url}")),
            Action::Host(host, url) => Some(format!("curl -H 'Host: {host}' {url}")),
            Action::Advice => None,
        }
    }
}

/// A remedy.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What it does.
    pub says: Msg,
    /// The doing.
    pub action: Action,
}

/// A cause, its proof and its remedies.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The row of the table that found it.
    pub row: &'static str,
    /// What is wrong, in one sentence.
    pub cause: Msg,
    /// Where it is to be seen.
    pub evidence: Vec<Evidence>,
    /// What helps; the best first.
    pub fixes: Vec<Fix>,
}

impl Diagnosis {
    fn new(row: &'static str, cause: Msg) -> Diagnosis {
        Diagnosis { row, cause, evidence: Vec::new(), fixes: Vec::new() }
    }

    fn see(mut self, object: ObjectRef, path: FieldPath, says: Msg) -> Diagnosis {
        self.evidence.push(Evidence { object, path, says });
        self
    }

    fn fix(mut self, says: Msg, action: Action) -> Diagnosis {
        self.fixes.push(Fix { says, action });
        self
    }
}

/// Why the request of `trace` ended as it did; `None` when it was answered as it should be.
pub fn diagnose(view: &NetView, trace: &Trace) -> Option<Diagnosis> {
    let facts = facts::Facts::gather(view, trace);
    TABLE.iter().find_map(|row| (row.check)(&facts))
}

/// What is surprising about many requests that went over one connection.
pub fn one_connection(trace: &Trace, total: u32) -> Option<Diagnosis> {
    surprise::one_connection(trace, total)
}

/// What is surprising about a request that was answered, if something is.
pub fn remark(view: &NetView, trace: &Trace) -> Option<Diagnosis> {
    trace.is_answered().then(|| surprise::remark(view, trace)).flatten()
}
