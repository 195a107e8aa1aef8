//! `kubectl events`: what happened, in order of time.
//!
//! Models `kubectl/pkg/cmd/events`.

use super::Context;
use crate::api::kinds::Kind;
use crate::api::objects::Event;
use crate::base::Order;
use crate::base::time::{SimTime, Timestamp};
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::printer::tabwriter;
use crate::kubectl::tables::since;
use crate::kubectl::types;
use crate::sim::Engine;
use serde_json::json;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let mut fields = String::new();
    if let Some(object) = args.text("for").filter(|text| !text.is_empty()) {
        let parts: Vec<&str> = object.split('/').collect();
        let (kind, name) = match parts.as_slice() {
            [word, name] => (types::kind_of(&word.to_lowercase(), context.kinds())?, *name),
            [_] => return Err("--for must be in resource/name form".into()),
            _ => return Err("arguments in resource/name form may not have more than one slash".into()),
        };
        let info = kind.info();
        fields = format!(
            "involvedObject.kind={},involvedObject.apiVersion={},involvedObject.name={name}",
            info.kind,
            kind.api_version()
        );
    }
    let types = args.list("types").to_vec();
    if types.iter().any(|kind| !["normal", "warning"].contains(&kind.to_lowercase().as_str())) {
        return Err("valid --types are Normal or Warning".into());
    }
    let everywhere = args.on("all-namespaces");
    let namespace = if everywhere { String::new() } else { context.namespace() };
    let format = context.result_format()?;
    if context.args.on("watch") {
        let watch = Watch { fields, types, namespace, everywhere, headers: !context.args.on("no-headers"), seen: 0 };
        return Ok(Exec::Running(Box::new(watch)));
    }
    let listed = context.client().list(Kind::EVENT, &namespace, Filter { labels: "", fields: &fields })?;
    let mut events: Vec<&Event> = listed.iter().filter_map(|object| Event::of(object)).collect();
    events.retain(|event| is_wanted(event, &types));
    if events.is_empty() {
        context.output.err_line(match everywhere {
            true => "No events found.".to_owned(),
            false => format!("No events found in {namespace} namespace."),
        });
        return Ok(Exec::Done(0));
    }
    events.order_by_key(|event| event.last_timestamp.or(event.event_time));
    if context.args.has("output") {
        let items: Vec<_> =
            events.iter().map(|event| crate::api::objects::Object::Event((*event).clone()).to_value()).collect();
        let list = json!({"apiVersion": "v1", "items": items, "kind": "EventList", "metadata": {}});
        let text = format.print(&list)?;
        context.output.out(text);
        return Ok(Exec::Done(0));
    }
    let now = context.engine.now().timestamp();
    let mut text = if context.args.on("no-headers") { String::new() } else { head(everywhere) };
    events.iter().for_each(|event| text.push_str(&row(event, everywhere, now)));
    context.output.out(tabwriter::TABLE.format(&text));
    Ok(Exec::Done(0))
}

fn is_wanted(event: &Event, types: &[String]) -> bool {
    types.is_empty() || types.iter().any(|kind| kind.eq_ignore_ascii_case(&event.kind))
}

fn head(everywhere: bool) -> String {
    format!("{}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n", if everywhere { "NAMESPACE\t" } else { "" })
}

fn row(event: &Event, everywhere: bool, now: Timestamp) -> String {
    let first = since(event.event_time.or(event.first_timestamp), now);
    let interval = match event.count {
        count if count > 1 => format!("{} (x{count} over {first})", since(event.last_timestamp, now)),
        _ => first,
    };
    let namespace = if everywhere { format!("{}\t", event.meta.namespace) } else { String::new() };
    let object = &event.involved_object;
    let message = event.message.trim();
    format!("{namespace}{interval}\t{}\t{}\t{}/{}\t{message}\n", event.kind, event.reason, object.kind, object.name)
}

/// `--watch`: every event as it comes, those that are there first.
struct Watch {
    fields: String,
    types: Vec<String>,
    namespace: String,
    everywhere: bool,
    headers: bool,
    /// The revision up to which events were told.
    seen: u64,
}

impl Process for Watch {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        let rev = engine.world().api.store().rev();
        let now = engine.now().timestamp();
        let filter = Filter { labels: "", fields: &self.fields };
        let mut silent = Output::default();
        let listed = Client::new(engine, &mut silent).list(Kind::EVENT, &self.namespace, filter).unwrap_or_default();
        let mut events: Vec<&Event> = listed.iter().filter_map(|object| Event::of(object)).collect();
        events.retain(|event| is_wanted(event, &self.types) && event.meta.resource_version.0 > self.seen);
        events.order_by_key(|event| event.meta.resource_version.0);
        self.seen = rev;
        for event in events {
            let head = if std::mem::take(&mut self.headers) { head(self.everywhere) } else { String::new() };
            output.out(tabwriter::TABLE.format(&(head + &row(event, self.everywhere, now))));
        }
        None
    }

    fn wakes_at(&self) -> Option<SimTime> {
        None
    }
}
