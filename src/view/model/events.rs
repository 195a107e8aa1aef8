//! Events and the log of the API server.

use super::Tone;
use crate::base::Str;

/// Events, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventsView {
    /// At most a few thousand.
    pub rows: Vec<EventRow>,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Stable.
    pub key: Str,
    /// When it was last seen: `00:01:12`.
    pub time: Str,
    /// `Warning` events are Pending, others Neutral.
    pub tone: Tone,
    /// `Scheduled`, `BackOff`, ...
    pub reason: Str,
    /// `pod/web-5f6c8-9hq2d`.
    pub object: Str,
    /// The card it is about, when there is one.
    pub link: Option<Str>,
    /// Kubernetes' words.
    pub message: Str,
    /// How often.
    pub count: u32,
}

/// What the API server was asked, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiLogView {
    /// At most a few thousand.
    pub rows: Vec<ApiLogRow>,
}

/// One request to the API server.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiLogRow {
    /// Its number.
    pub id: u64,
    /// When: `00:01:12.4`.
    pub time: Str,
    /// Who asked: `kubectl`, `deployment-controller`.
    pub user: Str,
    /// `POST`, `PATCH`, ...
    pub verb: Str,
    /// `/apis/apps/v1/namespaces/default/deployments/web`.
    pub path: Str,
    /// The HTTP code.
    pub code: u16,
    /// It changes nothing.
    pub reads: bool,
}
