//! After a failure a Job waits before it makes a pod, longer with each failure in a row.

use crate::api::objects::Pod;
use crate::base::time::{Duration, SimTime, Timestamp};

/// The wait after the first failure; it doubles.
const FIRST: Duration = Duration::from_secs(10);
/// The longest.
const LONGEST: Duration = Duration::from_secs(600);

/// How long is still to be waited after `failures` in a row, the last of them at `last`.
///
/// Models `getRemainingTimeForFailuresCount` of `pkg/controller/job/backoff_utils.go`.
pub fn remaining(failures: u32, last: Timestamp, now: SimTime) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let wait = FIRST.saturating_mul(2_u32.saturating_pow(failures - 1)).min(LONGEST);
    wait.saturating_sub(now.since(last.sim_time()))
}

/// How often pods failed since one succeeded, and when the last did.
///
/// Models `newBackoffRecord`.
pub fn failures_in_a_row(succeeded: &[Timestamp], failed: &[Timestamp]) -> (u32, Timestamp) {
    let success = succeeded.iter().max();
    let after = failed.iter().filter(|at| success.is_none_or(|success| *at > success));
    let count = u32::try_from(after.clone().count()).unwrap_or(u32::MAX);
    (count, after.max().copied().unwrap_or_default())
}

/// When a pod ended: with its last container; of a pod that is deleted before, when that began.
///
/// Models `getFinishedTime`.
pub fn finished_at(pod: &Pod) -> Timestamp {
    let states = pod.status.container_statuses.iter().map(|status| status.state.terminated.as_ref()?.finished_at);
    let last = states.collect::<Option<Vec<_>>>().and_then(|times| times.into_iter().max());
    let ready_changed = || pod.condition("Ready").and_then(|condition| condition.last_transition_time);
    let deleted = || {
        let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0);
        pod.meta.deletion_timestamp.map(|at| Timestamp(at.0 - grace))
    };
    last.or_else(deleted).or_else(ready_changed).or(pod.meta.creation_timestamp).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::EPOCH_SECONDS;

    #[test]
    fn waits_double_up_to_ten_minutes() {
        let table = [(0, 0, 0), (1, 0, 10), (1, 4, 6), (1, 11, 0), (2, 0, 20), (6, 0, 320), (7, 0, 600), (60, 0, 600)];
        for (failures, elapsed, expected) in table {
            let got = remaining(failures, Timestamp(EPOCH_SECONDS), SimTime::from_secs(elapsed));
            assert_eq!(got.as_secs(), expected, "{failures} {elapsed}");
        }
    }

    #[test]
    fn a_success_begins_the_count_anew() {
        let at = |times: &[i64]| times.iter().map(|time| Timestamp(*time)).collect::<Vec<_>>();
        for (succeeded, failed, count, last) in [
            (vec![], vec![], 0, 0),
            (vec![], vec![1, 2], 2, 2),
            (vec![3], vec![1, 2], 0, 0),
            (vec![3], vec![1, 4, 6, 5], 3, 6),
        ] {
            assert_eq!(failures_in_a_row(&at(&succeeded), &at(&failed)), (count, Timestamp(last)));
        }
    }
}
