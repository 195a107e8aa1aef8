//! Events: what components tell about objects. The same thing said again is counted, not repeated.
//!
//! Models `k8s.io/client-go/tools/record` and its correlator.

use super::ApiServer;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::api::objects::cluster::{Event, EventSource};
use crate::api::objects::service::ObjectReference;
use crate::base::pmap::PLookup;
use crate::base::time::SimTime;
use crate::base::{Fields, Str};

/// `Normal` or `Warning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// For information.
    Normal,
    /// Something is wrong.
    Warning,
}

impl EventType {
    /// The word that stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }
}

/// Who tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// `kubelet`.
    pub component: &'static str,
    /// The node, if it is a component of one.
    pub host: &'a str,
    /// The part of the object that is meant: `spec.containers{web}`.
    pub field_path: &'a str,
}

/// What makes two events the same thing said again: source, object, part, type, reason, message.
type Sameness = (&'static str, Str, Str, EventType, &'static str, Str);
/// What makes two events similar: all of this but part and message.
type Likeness = (&'static str, Str, EventType, &'static str);

/// What the recorder remembers.
#[derive(Clone, Default)]
pub(super) struct Recorder {
    same: PLookup<Sameness, Key>,
    similar: PLookup<Likeness, (u32, SimTime)>,
    tokens: PLookup<(&'static str, Str), (u32, SimTime)>,
}

/// Different messages within [`SIMILAR_WINDOW`] seconds after which similar events are combined.
const SIMILAR_LIMIT: u32 = 10;
/// Seconds after which similarity is forgotten.
const SIMILAR_WINDOW: u64 = 600;
/// Events of one source about one object that may come at once.
const BURST: u32 = 25;
/// Seconds until one more may come.
const REFILL: u64 = 300;

impl ApiServer {
    /// Records an event about `object`.
    pub fn event(&mut self, object: &Object, source: Source<'_>, kind: EventType, reason: &'static str, message: &str) {
        let meta = object.meta();
        let uid = meta.uid.clone();
        if !self.take_token(source.component, &uid) {
            return;
        }
        let message = self.combined(source.component, &uid, kind, reason, message);
        let sameness = (source.component, uid, Str::from(source.field_path), kind, reason, message.clone());
        let now = self.now.timestamp();
        if let Some(key) = self.events.same.get(&sameness).cloned()
            && let Some(event) = self.store.get(&key).and_then(|object| Event::of(object)).cloned()
        {
            let event = Event { count: event.count + 1, last_timestamp: Some(now), ..event };
            self.commit(key, Some(Object::Event(event)));
            return;
        }
        let namespace = if meta.namespace.is_empty() { Str::from("default") } else { meta.namespace.clone() };
        let uid = self.draw("uid").uuid();
        // Two events of one object in the same microsecond must not share a name.
        let nanos = self.now.unix_nanos() + u128::from(self.draws % 1000);
        let event = Event {
            meta: crate::api::meta::Meta {
                name: format!("{}.{nanos:x}", meta.name).into(),
                namespace: namespace.clone(),
                uid: uid.into(),
                creation_timestamp: Some(now),
                ..crate::api::meta::Meta::default()
            },
            involved_object: ObjectReference {
                api_version: object.kind().api_version().into(),
                kind: object.kind().info().kind.into(),
                namespace: meta.namespace.clone(),
                name: meta.name.clone(),
                uid: meta.uid.clone(),
                resource_version: meta.resource_version.0.to_string().into(),
                field_path: source.field_path.into(),
                rest: Fields::new(),
            },
            reason: reason.into(),
            message,
            source: EventSource { component: source.component.into(), host: source.host.into(), rest: Fields::new() },
            first_timestamp: Some(now),
            last_timestamp: Some(now),
            count: 1,
            kind: kind.as_str().into(),
            event_time: None,
            reporting_component: source.component.into(),
            reporting_instance: source.host.into(),
            rest: Fields::new(),
        };
        let key = Key::new(Kind::EVENT, namespace, event.meta.name.clone());
        self.events.same.insert(sameness, key.clone());
        self.commit(key, Some(Object::Event(event)));
    }

    /// Whether the source may say anything more about the object (`EventSourceObjectSpamFilter`).
    fn take_token(&mut self, component: &'static str, uid: &Str) -> bool {
        let place = (component, uid.clone());
        let (tokens, since) = self.events.tokens.get(&place).copied().unwrap_or((BURST, self.now));
        let refilled = self.now.since(since).as_secs() / REFILL;
        let tokens = tokens.saturating_add(u32::try_from(refilled).unwrap_or(BURST)).min(BURST);
        let since = since.after(std::time::Duration::from_secs(refilled * REFILL));
        let allowed = tokens > 0;
        self.events.tokens.insert(place, (tokens.saturating_sub(1), since));
        allowed
    }

    /// The message, or the one that stands for many similar ones (`EventAggregator`).
    fn combined(
        &mut self,
        component: &'static str,
        uid: &Str,
        kind: EventType,
        reason: &'static str,
        message: &str,
    ) -> Str {
        let likeness = (component, uid.clone(), kind, reason);
        let known = (component, uid.clone(), Str::from(""), kind, reason, Str::from(message));
        let (count, since) = self.events.similar.get(&likeness).copied().unwrap_or((0, self.now));
        let fresh = self.now.since(since).as_secs() <= SIMILAR_WINDOW;
        let count = if fresh { count } else { 0 };
        let is_new = !self.events.same.contains_key(&known);
        if is_new {
            self.events.similar.insert(likeness, (count + 1, self.now));
        }
        if is_new && count >= SIMILAR_LIMIT {
            Str::from(format!("(combined from similar events): {message}"))
        } else {
            Str::from(message)
        }
    }
}
