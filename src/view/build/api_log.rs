//! The log of the API server as rows, newest first, and one request in full.

use crate::api::kinds::Kind;
use crate::apiserver::{Body, PatchType, Verb};
use crate::base::Value;
use crate::base::time::SimTime;
use crate::kubectl::printer::structured::to_json_indented;
use crate::sim::api_log::{Answer, ApiLog, LogEntry};
use crate::view::model::ClockView;
use crate::view::model::events::{ApiLogRow, ApiLogView};
use serde_json::json;

/// A request and its answer, as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Its number.
    pub number: u64,
    /// `PATCH`.
    pub method: &'static str,
    /// Path and query.
    pub url: String,
    /// How a patch is meant; empty for other methods.
    pub content_type: &'static str,
    /// What was sent; empty if nothing was.
    pub sent: String,
    /// The HTTP code.
    pub code: u16,
    /// What came back.
    pub answer: String,
    /// How many objects of a list the answer leaves out.
    pub left_out: usize,
}

/// The methods that can be asked.
pub const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The kinds of patches, as their content types.
pub fn content_types() -> impl Iterator<Item = &'static str> {
    PatchType::ALL.into_iter().map(PatchType::content_type)
}

/// The requests of users up to a moment.
pub fn build(log: &ApiLog, now: SimTime) -> ApiLogView {
    ApiLogView { rows: log.entries().iter().rev().filter(|entry| entry.at <= now).map(|entry| row(entry)).collect() }
}

/// One request in full.
pub fn exchange(log: &ApiLog, number: u64) -> Option<Exchange> {
    let entry = log.entries().iter().rev().find(|entry| entry.number == number)?;
    let request = &entry.request;
    let (answer, left_out) = match &entry.answer {
        Answer::Object(object) => (to_json_indented(&object.to_value()), 0),
        Answer::List(items, total) => (to_json_indented(&list(request.kind, items)), total - items.len()),
        Answer::Nothing => (String::new(), 0),
        Answer::Refused(status) => (to_json_indented(&status.to_value()), 0),
    };
    let content_type = match &request.body {
        Body::Patch(ty, _) => PatchType::content_type(*ty),
        _ => "",
    };
    Some(Exchange {
        number,
        method: entry.method,
        url: entry.path.clone(),
        content_type,
        sent: request.body_value().map(|value| to_json_indented(&value)).unwrap_or_default(),
        code: entry.code,
        answer,
        left_out,
    })
}

fn list(kind: Kind, items: &[std::rc::Rc<crate::api::objects::Object>]) -> Value {
    let items: Vec<Value> = items.iter().map(|object| object.to_value()).collect();
    json!({"apiVersion": kind.api_version(), "kind": format!("{}List", kind.info().kind), "items": items})
}

fn row(entry: &LogEntry) -> ApiLogRow {
    ApiLogRow {
        id: entry.number,
        time: ClockView { now: entry.at, ..ClockView::default() }.text().into(),
        user: "kubectl".into(),
        verb: entry.method.into(),
        path: entry.path.as_str().into(),
        code: entry.code,
        reads: matches!(entry.request.verb, Verb::Get | Verb::List),
    }
}
