//! One rollout in two ways, side by side on one time line.

use super::request::LossView;
use super::{Shared, Text};
use crate::base::Str;

/// How a rollout is done: what a manifest says, as somebody types it. What is empty stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    /// `maxSurge`: `1` or `25%`.
    pub max_surge: Str,
    /// `maxUnavailable`.
    pub max_unavailable: Str,
    /// Seconds until the first readiness probe.
    pub readiness_delay: Str,
    /// Seconds that `preStop` sleeps.
    pub pre_stop: Str,
    /// `terminationGracePeriodSeconds`.
    pub grace: Str,
}

/// Both of them, played.
#[derive(Clone, Debug, PartialEq)]
pub struct RaceView {
    /// The Deployment that was rolled out.
    pub deployment: Str,
    /// Requests per virtual second.
    pub per_second: u32,
    /// Virtual seconds that both time lines have.
    pub seconds: usize,
    /// A and B.
    pub lanes: [Shared<LaneView>; 2],
}

/// What became of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneView {
    /// Why it could not be begun.
    pub error: Option<Text>,
    /// Requests that were sent.
    pub sent: u32,
    /// Of those, without an answer.
    pub lost: u32,
    /// Virtual seconds until the rollout was done; `None` when it was not within the time.
    pub took: Option<u32>,
    /// Second by second.
    pub columns: Vec<Second>,
    /// Why requests were lost.
    pub losses: Vec<LossView>,
}

/// One second of a rollout under load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Second {
    /// Requests that were sent.
    pub sent: u32,
    /// Of those, without an answer.
    pub lost: u32,
    /// Pods that were ready at its end.
    pub ready: u32,
    /// Pods that there were at its end.
    pub pods: u32,
}
