//! What comes from outside. With the cluster's configuration, the log of inputs is the whole story: replayed, it gives the
//! same bytes.
//!
//! The log holds only what had an effect. That makes it short, and it means that looking around (reads, dry runs, refused
//! requests, packets that nobody remembers) neither changes the future nor makes a branch of it.

use super::engine::Engine;
use super::faults::Fault;
use crate::api::kinds::Key;
use crate::apiserver::{Because, Body, Request, Verb};
use crate::base::pmap::PVec;
use crate::base::time::SimTime;
use crate::base::{Str, Value};
use crate::network::route;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Something that came from outside. The names of the variants and of their fields stand in share links: they may grow, not
/// change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// A write request of a user.
    Request(Sent),
    /// A request over the network that the network remembers (session affinity).
    Traffic {
        /// Its number among all requests, of which most had no effect: it decides what is picked at random.
        flow: u64,
        /// The request.
        request: Box<route::Request>,
    },
    /// A client program whose requests the network remembers.
    Program {
        /// Its number among all requests.
        flow: u64,
        /// Who runs it.
        client: route::Client,
        /// Its words.
        command: Vec<Str>,
    },
    /// Something breaks, or is mended.
    Fault(Fault),
    /// A file is written in a container or a volume.
    File {
        /// Which one: see `kubelet::files`.
        place: Str,
        /// The file's path there.
        path: Str,
        /// Its text; nothing removes it.
        text: Option<Str>,
    },
    /// Users send requests to a Service, from now on.
    Load {
        /// The Service.
        service: Key,
        /// Requests per second; 0 ends it.
        per_second: u32,
    },
}

/// A request as the log keeps it: a manifest as text, which takes a tenth of the room of its tree. It is written out as a
/// [`Request`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Request", into = "Request")]
pub struct Sent {
    /// The request; without its body, if that is kept as text.
    request: Box<Request>,
    text: Option<Box<str>>,
}

impl Sent {
    /// The object that the request names.
    pub fn key(&self) -> Key {
        self.request.key()
    }

    /// What was asked for.
    pub fn verb(&self) -> Verb {
        self.request.verb
    }

    /// The request as it was sent.
    pub fn request(&self) -> Request {
        let mut request = (*self.request).clone();
        if let Some(value) = self.text.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
            request.body = Body::Json { value, duplicates: Vec::new() };
        }
        request
    }
}

impl From<&Request> for Sent {
    fn from(request: &Request) -> Sent {
        let text = match &request.body {
            Body::Json { value, duplicates } if duplicates.is_empty() && reads_back(value) => {
                Some(value.to_string().into_boxed_str())
            }
            _ => None,
        };
        let body = if text.is_some() { Body::None } else { request.body.clone() };
        let Request { api_version, namespace, name, options, .. } = request;
        let (api_version, namespace, name) = (api_version.clone(), namespace.clone(), name.clone());
        let request = Request { api_version, namespace, name, options: options.clone(), body, ..*request };
        Sent { request: Box::new(request), text }
    }
}

impl From<Request> for Sent {
    fn from(request: Request) -> Sent {
        Sent::from(&request)
    }
}

impl From<Sent> for Request {
    fn from(sent: Sent) -> Request {
        sent.request()
    }
}

/// Whether a value is the same after it was text: fractions might not be, by a hair.
fn reads_back(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(reads_back),
        Value::Object(fields) => fields.values().all(reads_back),
        Value::Number(number) => !number.is_f64(),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// An entry of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Logged {
    /// When it came.
    pub at: SimTime,
    /// Whether it came in one breath with the one before: nobody had reacted to that yet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub together: bool,
    /// What it was.
    pub input: Rc<Input>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// All inputs, oldest first.
pub type Inputs = PVec<Logged>;

/// How many entries two logs have in common at their beginnings.
pub fn common(a: &Inputs, b: &Inputs) -> usize {
    let same = |(a, b): &(&Logged, &Logged)| a.at == b.at && a.together == b.together && Rc::ptr_eq(&a.input, &b.input);
    a.iter().zip(b.iter()).take_while(same).count()
}

impl Engine {
    /// Writes a file in a container or a volume (see `kubelet::files`), or removes it.
    pub fn write_file(&mut self, place: &str, path: &str, text: Option<&str>) {
        let together = self.draw_breath();
        let (place, path, text) = (Str::from(place), Str::from(path), text.map(Str::from));
        let because = Because::Input(self.number());
        self.world.write_file(&place, &path, text.clone(), because);
        self.remember(Input::File { place, path, text }, together);
    }

    /// From now on users send so many requests per second to a Service.
    pub fn load(&mut self, service: Key, per_second: u32) {
        if self.world.controllers.autoscaler.metrics().loads.asked(&service) == per_second {
            return;
        }
        let together = self.draw_breath();
        let because = Because::Input(self.number());
        self.world.set_load(&service, per_second, because);
        self.remember(Input::Load { service, per_second }, together);
    }
}
