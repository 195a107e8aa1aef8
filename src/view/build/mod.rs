//! Builds the view types from a world: pure functions, called once per frame in which something changed.
//!
//! Each builder gets what it built last, and keeps the old pointer for what is the same. Start with [`graph`].

pub mod actions;
pub mod api_log;
pub mod compare;
pub mod diagnosis;
pub mod doors;
pub mod events;
pub mod graph;
pub mod inspector;
pub mod owners;
pub mod pods;
pub mod proxy;
pub mod scheduling;
pub mod services;
pub mod trace;

use crate::api::kinds::{Key, Kind};
use crate::base::Str;

/// The key of an object's card: `pod/default/web-5f6c8-9hq2d`, `node/node-1`.
pub fn card_key(key: &Key) -> Str {
    let kind = key.kind.info().singular;
    if key.namespace.is_empty() {
        format!("{kind}/{}", key.name).into()
    } else {
        format!("{kind}/{}/{}", key.namespace, key.name).into()
    }
}

/// The object that a card stands for.
pub fn object_key(card: &str) -> Option<Key> {
    let mut parts = card.split('/');
    let kind = parts.next()?;
    let kind = Kind::all().find(|candidate| candidate.info().singular == kind)?;
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, None) if !kind.info().namespaced => Some(Key::new(kind, "", name)),
        (Some(namespace), Some(name), None) if kind.info().namespaced => Some(Key::new(kind, namespace, name)),
        _ => None,
    }
}
