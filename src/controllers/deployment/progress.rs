//! Is a rollout complete, moving, or stuck? Judged from two sets of counts and the last time anything moved.

use crate::base::time::Timestamp;
use std::time::Duration;

/// Condition reasons of type `Progressing`.
pub mod reason {
    /// A new ReplicaSet was made.
    pub const NEW_REPLICA_SET: &str = "NewReplicaSetCreated";
    /// A ReplicaSet with the wanted template was there already.
    pub const FOUND_NEW_REPLICA_SET: &str = "FoundNewReplicaSet";
    /// Pods came or went as the rollout wants.
    pub const REPLICA_SET_UPDATED: &str = "ReplicaSetUpdated";
    /// The rollout is complete.
    pub const NEW_REPLICA_SET_AVAILABLE: &str = "NewReplicaSetAvailable";
    /// Nothing moved for `progressDeadlineSeconds`.
    pub const TIMED_OUT: &str = "ProgressDeadlineExceeded";
    /// The new ReplicaSet could not be made.
    pub const FAILED_CREATE: &str = "ReplicaSetCreateError";
    /// `spec.paused` was set.
    pub const PAUSED: &str = "DeploymentPaused";
    /// `spec.paused` was unset.
    pub const RESUMED: &str = "DeploymentResumed";
}

/// The counts of a Deployment's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pods of all ReplicaSets.
    pub replicas: i32,
    /// Pods of the new ReplicaSet.
    pub updated: i32,
    /// Pods that are ready.
    pub ready: i32,
    /// Pods that have been ready for `minReadySeconds`.
    pub available: i32,
}

impl Counts {
    /// Whether this is what the Deployment wants. (Its newest generation must have been observed too.)
    ///
    /// Models `DeploymentComplete`.
    pub fn complete(&self, wanted: i32) -> bool {
        self.updated == wanted && self.replicas == wanted && self.available == wanted
    }

    /// Whether the rollout moved on since `before`.
    ///
    /// Models `DeploymentProgressing`.
    pub fn moved_since(&self, before: &Counts) -> bool {
        self.updated > before.updated
            || self.replicas - self.updated < before.replicas - before.updated
            || self.ready > before.ready
            || self.available > before.available
    }
}

/// The condition `Progressing` as far as the estimate needs it.
#[derive(Clone, Copy, Debug)]
pub struct Last<'a> {
    /// Its reason.
    pub reason: &'a str,
    /// When it was last updated.
    pub updated: Timestamp,
}

/// What the condition `Progressing` is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// Leave it as it is.
    Unchanged,
    /// `NewReplicaSetAvailable`
    Complete,
    /// `ReplicaSetUpdated`
    Moving,
    /// `ProgressDeadlineExceeded`
    TimedOut,
}

/// Estimates a rollout. Once it has been complete it is not estimated again: a pod that crashes a week later is no failed
/// rollout.
///
/// Models `syncRolloutStatus` of `pkg/controller/deployment/progress.go` and `DeploymentTimedOut`.
pub fn estimate(
    wanted: i32,
    observed: bool,
    deadline: i32,
    before: &Counts,
    after: &Counts,
    last: Option<Last>,
    now: Timestamp,
) -> Estimate {
    let was_complete = last.is_some_and(|last| last.reason == reason::NEW_REPLICA_SET_AVAILABLE);
    if was_complete && after.replicas == after.updated {
        return Estimate::Unchanged;
    }
    if observed && after.complete(wanted) {
        return Estimate::Complete;
    }
    if after.moved_since(before) {
        return Estimate::Moving;
    }
    match last {
        Some(last) if last.reason == reason::TIMED_OUT => Estimate::TimedOut,
        Some(last) if !was_complete && last.updated.0 + i64::from(deadline) < now.0 => Estimate::TimedOut,
        _ => Estimate::Unchanged,
    }
}

/// How long to wait before looking at a rollout that did not move whether it has timed out: a second after its deadline.
///
/// Models `requeueStuckDeployment`.
pub fn check_after(deadline: i32, last: Last, complete: bool, now: Timestamp) -> Option<Duration> {
    if complete || last.reason == reason::TIMED_OUT {
        return None;
    }
    let left = last.updated.0 + i64::from(deadline) - now.0;
    Some(Duration::from_secs(u64::try_from(left + 1).unwrap_or(0).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(replicas: i32, updated: i32, ready: i32, available: i32) -> Counts {
        Counts { replicas, updated, ready, available }
    }

    /// Cases of upstream's `TestDeploymentComplete`.
    #[test]
    fn completeness() {
        let table = [
            (5, counts(5, 5, 5, 4), false),
            (5, counts(5, 5, 5, 5), true),
            (5, counts(10, 5, 5, 5), false),
            (5, counts(5, 4, 5, 5), false),
            (1, counts(1, 1, 1, 1), true),
            (0, counts(0, 0, 0, 0), true),
        ];
        for (wanted, counts, expected) in table {
            assert_eq!(counts.complete(wanted), expected, "{wanted} {counts:?}");
        }
    }

    /// Cases of upstream's `TestDeploymentProgressing`.
    #[test]
    fn movement() {
        let table = [
            (counts(10, 4, 0, 0), counts(10, 6, 0, 0), true),
            (counts(10, 4, 0, 0), counts(10, 4, 0, 0), false),
            (counts(10, 4, 0, 0), counts(8, 4, 0, 0), true),
            (counts(10, 4, 0, 0), counts(10, 3, 0, 0), false),
            (counts(10, 10, 3, 0), counts(10, 10, 4, 0), true),
            (counts(10, 10, 4, 3), counts(10, 10, 4, 4), true),
            (counts(10, 10, 4, 4), counts(10, 10, 3, 3), false),
        ];
        for (before, after, expected) in table {
            assert_eq!(after.moved_since(&before), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn estimates() {
        let stuck = counts(4, 1, 3, 3);
        let last = |reason, updated| Some(Last { reason, updated: Timestamp(updated) });
        let table = [
            (stuck, stuck, None, Estimate::Unchanged),
            (stuck, stuck, last(reason::NEW_REPLICA_SET, 100), Estimate::TimedOut),
            (stuck, stuck, last(reason::REPLICA_SET_UPDATED, 400), Estimate::Unchanged),
            (stuck, stuck, last(reason::NEW_REPLICA_SET_AVAILABLE, 0), Estimate::Unchanged),
            (stuck, stuck, last(reason::TIMED_OUT, 999), Estimate::TimedOut),
            (stuck, counts(4, 1, 4, 4), last(reason::TIMED_OUT, 0), Estimate::Moving),
            (stuck, counts(3, 3, 3, 3), last(reason::REPLICA_SET_UPDATED, 0), Estimate::Complete),
            (counts(3, 3, 3, 3), counts(3, 3, 2, 2), last(reason::NEW_REPLICA_SET_AVAILABLE, 0), Estimate::Unchanged),
        ];
        for (before, after, last, expected) in table {
            let got = estimate(3, true, 600, &before, &after, last, Timestamp(1000));
            assert_eq!(got, expected, "{before:?} {after:?} {last:?}");
        }
    }

    #[test]
    fn checks_a_second_after_the_deadline() {
        let last = Last { reason: reason::REPLICA_SET_UPDATED, updated: Timestamp(100) };
        assert_eq!(check_after(600, last, false, Timestamp(280)), Some(Duration::from_secs(421)));
        assert_eq!(check_after(600, last, false, Timestamp(900)), Some(Duration::from_secs(1)));
        assert_eq!(check_after(600, last, true, Timestamp(280)), None);
    }
}
