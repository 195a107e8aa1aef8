//! The log of the API server as rows, newest first.

use crate::sim::api_log::{ApiLog, LogEntry};
use crate::view::model::ClockView;
use crate::view::model::events::{ApiLogRow, ApiLogView};

/// The requests of users.
pub fn build(log: &ApiLog) -> ApiLogView {
    ApiLogView { rows: log.entries().iter().rev().map(|entry| row(entry)).collect() }
}

fn row(entry: &LogEntry) -> ApiLogRow {
    ApiLogRow {
        id: entry.number,
        time: ClockView { now: entry.at, ..ClockView::default() }.text().into(),
        user: "kubectl".into(),
        verb: entry.method.into(),
        path: entry.path.as_str().into(),
        code: entry.code,
    }
}
