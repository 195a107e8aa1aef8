//! Events: what components tell about objects. The same thing said again is counted, not repeated.
//!
//! Models `k8s.io/client-go/tools/record` and its correlator.

use super::ApiServer;
use super::told::{About, Kept, Saying, Told};
use crate::api::objects::Object;
use crate::api::objects::cluster::Event;
use crate::base::Str;
use crate::base::pmap::PLookup;
use crate::base::time::{Duration, SimTime, Timestamp};
use std::cell::OnceCell;
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
    /// What was said last that may be said of others too.
    sayings: Vec<Rc<Saying>>,
}

/// What a source has said about an object.
#[derive(Clone)]
struct Said {
    /// How many events may come at once, and since when that counts.
    tokens: u32,
    since: SimTime,
    about: Rc<About>,
    events: Vec<Once>,
}

/// Something that was said, and may be said again.
#[derive(Clone)]
struct Once {
    saying: Rc<Saying>,
    /// Whether it stands for many similar messages.
    combined: bool,
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
/// Words that are remembered, among them the names of nodes.
const MOST_WORDS: usize = 1 << 13;
/// Sayings that are remembered: a few per template whose pods start at the same time.
const MOST_SAYINGS: usize = 16;

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

    /// What is said: shared with those before, unless it names the object, for then it is said of no other.
    fn saying(&mut self, name: &str, path: &str, kind: EventType, reason: &'static str, message: &str) -> Rc<Saying> {
        let same = |known: &&Rc<Saying>| {
            known.reason == reason && *known.field_path == *path && *known.message == *message && known.kind == kind
        };
        if let Some(known) = self.sayings.iter().rev().find(same) {
            return known.clone();
        }
        let own = message.contains(name);
        let message = if own { message.into() } else { self.word(message) };
        let saying = Rc::new(Saying { field_path: self.word(path), kind, reason, message });
        if !own {
            if self.sayings.len() == MOST_SAYINGS {
                self.sayings.remove(0);
            }
            self.sayings.push(saying.clone());
        }
        saying
    }
}

impl Said {
    /// The place of what is being said: one that was said before and is said again, or a new one.
    ///
    /// Models `EventAggregate` and `eventObserve` of `k8s.io/client-go/tools/record/events_cache.go`. (Of the similar ones
    /// counted Kubernetes drops any; here it is the newest.)
    fn place(&mut self, saying: &Rc<Saying>, now: SimTime) -> usize {
        let alike = |once: &Once| once.saying.kind == saying.kind && once.saying.reason == saying.reason;
        let last = self.events.iter().filter(|once| alike(once)).map(|once| once.last).max();
        if last.is_some_and(|last| now.since(last) > SIMILAR_WINDOW) {
            self.events.iter_mut().filter(|once| alike(once)).for_each(|once| once.similar = false);
        }
        let is = |once: &Once| !once.combined && once.saying.message == saying.message;
        let counted = self.events.iter().filter(|once| alike(once) && once.similar);
        let combined = !counted.clone().any(is) && counted.count() + 1 >= SIMILAR_LIMIT;
        let known = self.events.iter().position(|once| match combined {
            true => alike(once) && once.combined,
            false => alike(once) && is(once) && once.saying.field_path == saying.field_path,
        });
        known.unwrap_or_else(|| {
            if self.events.len() >= MOST_SAID {
                self.events.remove(0);
            }
            // Most is said once, and of many.
            self.events.reserve_exact(1);
            self.events.push(Once {
                saying: saying.clone(),
                combined,
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
        let saying = self.events.saying(&meta.name, source.field_path, kind, reason, message);
        let place = (source.component, meta.uid.clone());
        if !self.events.said.contains_key(&place) {
            let host = self.events.word(source.host);
            let seed = self.config.seed;
            let about = About { key: object.key(), uid: meta.uid.clone(), component: source.component, host, seed };
            let said = Said { tokens: BURST, since: now, about: Rc::new(about), events: Vec::new() };
            self.events.said.insert(place.clone(), Rc::new(said));
        }
        let Some(said) = self.events.said.get_mut(&place).map(Rc::make_mut) else { return };
        let number = said.place(&saying, now);
        let allowed = said.take_token(now);
        let about = said.about.clone();
        let Some(once) = said.events.get_mut(number) else { return };
        once.count += 1;
        once.last = now;
        if !allowed {
            return;
        }
        let saying = match once.combined {
            false => saying,
            true => {
                let message = format!("(combined from similar events): {}", saying.message).into();
                Rc::new(Saying { message, ..(*saying).clone() })
            }
        };
        let (count, first, last) = (once.count, once.first, now.timestamp());
        let known = once.id.and_then(|id| Some((id, self.store.event(id)?)));
        let told = match known {
            Some((_, Kept::Told(told))) => Told { count, saying, last, whole: OnceCell::new(), ..(**told).clone() },
            // Somebody else has written it meanwhile.
            Some((_, Kept::Whole(event))) => {
                let Some(event) = Event::of(event).cloned() else { return };
                let message = saying.message.clone();
                let event = Object::Event(Event { count, message, last_timestamp: Some(last), ..event });
                self.commit(event.key(), Some(event));
                return;
            }
            None => {
                self.draws += 1;
                // Two events of one object in the same microsecond must not share a name.
                let nanos = now.unix_nanos() + u128::from(self.draws % 1000);
                Told {
                    about,
                    saying,
                    object_revision: meta.resource_version.0,
                    count,
                    first,
                    last,
                    nanos: u64::try_from(nanos).unwrap_or(u64::MAX),
                    draw: self.draws,
                    revision: 0,
                    whole: OnceCell::new(),
                }
            }
        };
        let namespace = told.about.key.namespace.clone();
        once.id = Some(self.store.tell(now, self.cause, known.map(|(id, _)| id), told));
        self.keep_quotas(&namespace);
    }
}
