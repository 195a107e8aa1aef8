//! Events: what components tell about objects. The same thing said again is counted, not repeated.
//!
//! Models `k8s.io/client-go/tools/record` and its correlator.

use super::ApiServer;
use crate::api::json::Rest;
use crate::api::kinds::{Key, Kind};
use crate::api::meta::Meta;
use crate::api::objects::Object;
use crate::api::objects::cluster::{Event, EventSource};
use crate::api::objects::service::ObjectReference;
use crate::base::Str;
use crate::base::pmap::PLookup;
use crate::base::time::{Duration, SimTime, Timestamp};
use std::rc::Rc;

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

/// What the recorder remembers, by source and the object's uid.
#[derive(Clone, Default)]
pub(super) struct Recorder {
    said: PLookup<(&'static str, Str), Rc<Said>>,
    /// Words that are said of every pod: Events share them.
    words: PLookup<Str, Str>,
}

/// What a source has said about an object.
#[derive(Clone)]
struct Said {
    /// How many events may come at once, and since when that counts.
    tokens: u32,
    since: SimTime,
    about: ObjectReference,
    component: Str,
    host: Str,
    events: Vec<Once>,
}

/// Something that was said, and may be said again.
#[derive(Clone)]
struct Once {
    field_path: Str,
    kind: EventType,
    reason: &'static str,
    /// Nothing, where many similar messages are combined.
    message: Option<Str>,
    count: i32,
    first: Timestamp,
    /// When it was said last.
    last: SimTime,
    /// Whether it is one of the similar ones that are counted.
    similar: bool,
    /// The Event's number in the store, if it has come so far.
    id: Option<u64>,
}

/// Similar events, those that differ in message only, of which one more is combined with all that follow.
const SIMILAR_LIMIT: usize = 10;
/// Time after which similarity is forgotten.
const SIMILAR_WINDOW: Duration = Duration::from_secs(600);
/// Events of one source about one object that may come at once.
const BURST: u32 = 25;
/// Seconds until one more may come.
const REFILL: u64 = 300;
/// Things said that are remembered per source and object.
const MOST_SAID: usize = 64;
/// Words that are remembered.
const MOST_WORDS: usize = 1024;

impl Recorder {
    /// The word as it was said before, if it was.
    fn word(&mut self, word: &str) -> Str {
        if let Some(known) = self.words.get(word) {
            return known.clone();
        }
        let new = Str::from(word);
        if self.words.len() < MOST_WORDS {
            self.words.insert(new.clone(), new.clone());
        }
        new
    }
}

impl Said {
    /// The place of what is being said: one that was said before and is said again, or a new one.
    ///
    /// Models `EventAggregate` and `eventObserve` of `k8s.io/client-go/tools/record/events_cache.go`. (Of the similar ones
    /// counted Kubernetes drops any; here it is the newest.)
    fn place(&mut self, field_path: &Str, kind: EventType, reason: &'static str, message: &Str, now: SimTime) -> usize {
        let alike = |once: &Once| once.kind == kind && once.reason == reason;
        let last = self.events.iter().filter(|once| alike(once)).map(|once| once.last).max();
        if last.is_some_and(|last| now.since(last) > SIMILAR_WINDOW) {
            self.events.iter_mut().filter(|once| alike(once)).for_each(|once| once.similar = false);
        }
        let is = |once: &Once| once.message.as_ref() == Some(message);
        let counted = self.events.iter().filter(|once| alike(once) && once.similar);
        let combined = !counted.clone().any(is) && counted.count() + 1 >= SIMILAR_LIMIT;
        let known = self.events.iter().position(|once| match combined {
            true => alike(once) && once.message.is_none(),
            false => alike(once) && is(once) && once.field_path == *field_path,
        });
        known.unwrap_or_else(|| {
            if self.events.len() >= MOST_SAID {
                self.events.remove(0);
            }
            self.events.push(Once {
                field_path: field_path.clone(),
                kind,
                reason,
                message: (!combined).then(|| message.clone()),
                count: 0,
                first: now.timestamp(),
                last: now,
                similar: !combined,
                id: None,
            });
            self.events.len() - 1
        })
    }

    /// Whether the source may say anything more about the object now (`EventSourceObjectSpamFilter`).
    fn take_token(&mut self, now: SimTime) -> bool {
        let refilled = now.since(self.since).as_secs() / REFILL;
        let tokens = self.tokens.saturating_add(u32::try_from(refilled).unwrap_or(BURST)).min(BURST);
        self.since = self.since.after(Duration::from_secs(refilled * REFILL));
        self.tokens = tokens.saturating_sub(1);
        tokens > 0
    }
}

impl ApiServer {
    /// Records an event about `object`.
    pub fn event(&mut self, object: &Object, source: Source<'_>, kind: EventType, reason: &'static str, message: &str) {
        let now = self.now;
        let meta = object.meta();
        let place = (source.component, meta.uid.clone());
        if !self.events.said.contains_key(&place) {
            let about = ObjectReference {
                api_version: self.events.word(&object.kind().api_version()),
                kind: self.events.word(object.kind().info().kind),
                namespace: meta.namespace.clone(),
                name: meta.name.clone(),
                uid: meta.uid.clone(),
                ..ObjectReference::default()
            };
            let (component, host) = (self.events.word(source.component), source.host.into());
            let said = Said { tokens: BURST, since: now, about, component, host, events: Vec::new() };
            self.events.said.insert(place.clone(), Rc::new(said));
        }
        // What names its object is said of no other.
        let message = if message.contains(&*meta.name) { message.into() } else { self.events.word(message) };
        let field_path = self.events.word(source.field_path);
        let Some(said) = self.events.said.get_mut(&place).map(Rc::make_mut) else { return };
        let number = said.place(&field_path, kind, reason, &message, now);
        let allowed = said.take_token(now);
        let Some(once) = said.events.get_mut(number) else { return };
        once.count += 1;
        once.last = now;
        if !allowed {
            return;
        }
        let message = match once.message {
            Some(_) => message,
            None => Str::from(format!("(combined from similar events): {message}")),
        };
        let (count, first, known) = (once.count, once.first, once.id);
        let (about, component, host) = (said.about.clone(), said.component.clone(), said.host.clone());
        if let Some(event) = known.and_then(|id| self.store.event(id)).cloned() {
            let key = Key::new(Kind::EVENT, event.meta.namespace.clone(), event.meta.name.clone());
            let event = Event { count, message, last_timestamp: Some(now.timestamp()), ..event };
            self.commit(key, Some(Object::Event(event)));
            return;
        }
        let about =
            ObjectReference { resource_version: meta.resource_version.0.to_string().into(), field_path, ..about };
        let id = self.store.next_event();
        self.make_event(
            about,
            EventSource { component, host, ..EventSource::default() },
            (kind, reason),
            message,
            (count, first),
        );
        if let Some(once) =
            self.events.said.get_mut(&place).map(Rc::make_mut).and_then(|said| said.events.get_mut(number))
        {
            once.id = Some(id);
        }
    }

    fn make_event(
        &mut self,
        about: ObjectReference,
        source: EventSource,
        (kind, reason): (EventType, &'static str),
        message: Str,
        (count, first): (i32, Timestamp),
    ) {
        let now = self.now.timestamp();
        let namespace = if about.namespace.is_empty() { self.events.word("default") } else { about.namespace.clone() };
        let uid = self.draw("uid").uuid();
        // Two events of one object in the same microsecond must not share a name.
        let nanos = self.now.unix_nanos() + u128::from(self.draws % 1000);
        let event = Event {
            meta: Meta {
                name: format!("{}.{nanos:x}", about.name).into(),
                namespace: namespace.clone(),
                uid: uid.into(),
                creation_timestamp: Some(now),
                ..Meta::default()
            },
            involved_object: about,
            reason: self.events.word(reason),
            message,
            first_timestamp: Some(first),
            last_timestamp: Some(now),
            count,
            kind: self.events.word(kind.as_str()),
            event_time: None,
            reporting_component: source.component.clone(),
            reporting_instance: source.host.clone(),
            source,
            rest: Rest::default(),
        };
        let key = Key::new(Kind::EVENT, namespace, event.meta.name.clone());
        self.commit(key, Some(Object::Event(event)));
    }
}
