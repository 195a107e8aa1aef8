//! Events as they are kept: there are more of them than of all other objects together, and few are ever read. So an Event is
//! what it does not share with others, and becomes a whole object when somebody looks at it.

use super::events::EventType;
use crate::api::json::Rest;
use crate::api::kinds::{Key, Kind};
use crate::api::meta::{Meta, ResourceVersion};
use crate::api::objects::Object;
use crate::api::objects::cluster::{Event, EventSource};
use crate::api::objects::service::ObjectReference;
use crate::base::Str;
use crate::base::rng::{Rng, push_hex};
use crate::base::time::Timestamp;
use std::cell::OnceCell;
use std::ops::Deref;
use std::rc::Rc;

/// What all Events of one source about one object share.
#[derive(Clone, Debug)]
pub struct About {
    /// The object.
    pub key: Key,
    /// Its identity.
    pub uid: Str,
    /// The component that speaks.
    pub component: &'static str,
    /// Its node, if it is one.
    pub host: Str,
    /// The seed of uids.
    pub seed: u64,
}

/// What Events of many objects share: what is said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    /// The part of the object that is meant.
    pub field_path: Str,
    /// Whether something is wrong.
    pub kind: EventType,
    /// Why, in a word.
    pub reason: &'static str,
    /// What happened.
    pub message: Str,
}

/// An Event of a component.
#[derive(Clone, Debug)]
pub struct Told {
    /// Who says something, of what.
    pub about: Rc<About>,
    /// What is said.
    pub saying: Rc<Saying>,
    /// The object's revision.
    pub object_revision: u64,
    /// How often it happened.
    pub count: i32,
    /// When it was said first, by the count.
    pub first: Timestamp,
    /// When it was said last.
    pub last: Timestamp,
    /// When the Event was made, in nanoseconds since 1970, as it stands in the name.
    pub nanos: u64,
    /// The random choice that its uid is.
    pub draw: u64,
    /// The revision of the last write.
    pub revision: u64,
    /// The whole object, once somebody has looked at it.
    pub whole: OnceCell<Rc<Object>>,
}

impl Told {
    fn namespace(&self) -> Str {
        if self.about.key.namespace.is_empty() { "default".into() } else { self.about.key.namespace.clone() }
    }

    fn key(&self) -> Key {
        let digits = (u64::BITS - self.nanos.leading_zeros()).div_ceil(4);
        let about = &*self.about.key.name;
        let mut name = String::with_capacity(about.len() + 17);
        name.push_str(about);
        name.push('.');
        push_hex(&mut name, self.nanos, digits.max(1));
        Key::new(Kind::EVENT, self.namespace(), name)
    }

    fn event(&self) -> Event {
        let About { key, uid, component, host, seed } = &*self.about;
        Event {
            meta: Meta {
                name: self.key().name,
                namespace: self.namespace(),
                uid: Rng::stream_of_number(*seed, "uid", self.draw).uuid().into(),
                creation_timestamp: Some(Timestamp(i64::try_from(self.nanos / 1_000_000_000).unwrap_or(i64::MAX))),
                resource_version: ResourceVersion(self.revision),
                ..Meta::default()
            },
            involved_object: ObjectReference {
                api_version: key.kind.api_version().into(),
                kind: key.kind.info().kind.into(),
                namespace: key.namespace.clone(),
                name: key.name.clone(),
                uid: uid.clone(),
                resource_version: self.object_revision.to_string().into(),
                field_path: self.saying.field_path.clone(),
                rest: Rest::default(),
            },
            reason: self.saying.reason.into(),
            message: self.saying.message.clone(),
            first_timestamp: Some(self.first),
            last_timestamp: Some(self.last),
            count: self.count,
            kind: self.saying.kind.as_str().into(),
            event_time: None,
            reporting_component: (*component).into(),
            reporting_instance: host.clone(),
            source: EventSource { component: (*component).into(), host: host.clone(), rest: Rest::default() },
            rest: Rest::default(),
        }
    }
}

/// An object as the store keeps it.
#[derive(Clone)]
pub enum Kept {
    /// As it is.
    Whole(Rc<Object>),
    /// An Event, until somebody looks at it.
    Told(Rc<Told>),
}

impl Kept {
    /// The object.
    pub fn whole(&self) -> &Rc<Object> {
        match self {
            Kept::Whole(object) => object,
            Kept::Told(told) => told.whole.get_or_init(|| Rc::new(Object::Event(told.event()))),
        }
    }

    /// The name of the object in the store.
    pub fn key(&self) -> Key {
        match self {
            Kept::Whole(object) => object.key(),
            Kept::Told(told) => told.key(),
        }
    }

    /// Whether it is the Event of this name.
    pub fn is_event(&self, key: &Key) -> bool {
        match self {
            Kept::Whole(object) => object.meta().name == key.name && object.meta().namespace == key.namespace,
            Kept::Told(told) => key.name.starts_with(&*told.about.key.name) && told.key() == *key,
        }
    }
}

impl Deref for Kept {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.whole()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Kept) -> bool {
        self.whole() == other.whole()
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.whole().fmt(f)
    }
}
