//! The events of an object.

use super::Text;
use crate::api::kinds::Kind;
use crate::api::objects::{Event, Object};
use crate::base::Order;
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::tables::since;

/// Models `DescribeEvents` and `searchEvents`.
pub(super) fn events(object: &Object, client: &mut Client<'_>, text: &mut Text) {
    let meta = object.meta();
    let namespace = if meta.namespace.is_empty() { "default" } else { &meta.namespace };
    let fields = format!("involvedObject.name={},involvedObject.uid={}", meta.name, meta.uid);
    let listed = client.list(Kind::EVENT, namespace, Filter { labels: "", fields: &fields }).unwrap_or_default();
    let mut events: Vec<&Event> = listed.iter().filter_map(|object| Event::of(object)).collect();
    if events.is_empty() {
        text.field("Events", "<none>");
        return;
    }
    let now = client.now();
    text.flush();
    events.order_by_key(|event| event.last_timestamp);
    text.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    text.line(1, "----\t------\t----\t----\t-------");
    for event in events {
        let first = since(event.event_time.or(event.first_timestamp), now);
        let age = match event.count {
            count if count > 1 => format!("{} (x{count} over {first})", since(event.last_timestamp, now)),
            _ => first,
        };
        let from = if event.source.component.is_empty() { &event.reporting_component } else { &event.source.component };
        let message = match &*event.involved_object.field_path {
            "" => event.message.trim().to_owned(),
            path => format!("{path}: {}", event.message.trim()),
        };
        text.line(1, format_args!("{}\t{}\t{age}\t{from}\t{message}", event.kind, event.reason));
    }
}
