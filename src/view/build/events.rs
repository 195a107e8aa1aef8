//! Events as rows, newest first.

use super::card_key;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Event;
use crate::base::Order;
use crate::base::Str;
use crate::base::time::EPOCH_SECONDS;
use crate::sim::World;
use crate::view::model::Tone;
use crate::view::model::events::{EventRow, EventsView};

/// How many rows are shown.
const LIMIT: usize = 500;

/// The latest events of one namespace, or of all.
pub fn build(world: &World, namespace: Option<&Str>) -> EventsView {
    rows(world, |event| namespace.is_none_or(|namespace| event.meta.namespace == *namespace), LIMIT)
}

/// The latest events about one object.
pub fn about(world: &World, uid: &Str) -> Vec<EventRow> {
    rows(world, |event| event.involved_object.uid == *uid, 100).rows
}

fn rows(world: &World, wanted: impl Fn(&Event) -> bool, limit: usize) -> EventsView {
    let mut events: Vec<&Event> = world
        .api
        .store()
        .list(Kind::EVENT, "")
        .filter_map(|object| Event::of(object))
        .filter(|event| wanted(event))
        .collect();
    let newest_first = |event: &&Event| std::cmp::Reverse(event.meta.resource_version);
    // Thousands of events are kept, hundreds are shown, and this runs with every picture: only the shown ones are sorted.
    if events.len() > limit {
        events.select_nth_unstable_by_key(limit, newest_first);
        events.truncate(limit);
    }
    events.order_by_key(newest_first);
    EventsView { rows: events.into_iter().map(row).collect() }
}

fn row(event: &Event) -> EventRow {
    let about = &event.involved_object;
    let seconds = event.last_timestamp.map_or(0, |time| (time.0 - EPOCH_SECONDS).max(0));
    let link = Kind::of(&about.api_version, &about.kind)
        .map(|kind| card_key(&Key::new(kind, about.namespace.clone(), about.name.clone())));
    EventRow {
        key: event.meta.name.clone(),
        time: format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60).into(),
        tone: if &*event.kind == "Warning" { Tone::Pending } else { Tone::Neutral },
        reason: event.reason.clone(),
        object: format!("{}/{}", about.kind.to_lowercase(), about.name).into(),
        link,
        message: event.message.clone(),
        count: u32::try_from(event.count).unwrap_or(1),
    }
}
