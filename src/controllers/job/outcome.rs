//! Whether a Job is over, and why.

use super::policy;
use super::tally::{Tally, is_indexed};
use crate::api::objects::Job;
use crate::base::time::{SimTime, Timestamp};

/// How a Job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it has failed.
    pub failed: bool,
    /// Why, in a word.
    pub reason: String,
    /// Why.
    pub message: String,
}

fn failed(reason: &str, message: &str) -> Outcome {
    Outcome { failed: true, reason: reason.to_owned(), message: message.to_owned() }
}

/// When the Job must have ended.
pub fn deadline(job: &Job) -> Option<Timestamp> {
    let seconds = job.spec.active_deadline_seconds.filter(|_| job.spec.suspend != Some(true))?;
    job.status.start_time.map(|start| Timestamp(start.0.saturating_add(seconds)))
}

/// Whether the Job ends before its count of completions is reached, in upstream's order of asking.
///
/// Models the first half of `syncJob` of `pkg/controller/job/job_controller.go`.
pub fn early(job: &Job, tally: &Tally, now: SimTime) -> Option<Outcome> {
    if let Some(condition) = job.holds("FailureTarget") {
        return Some(failed(&condition.reason, &condition.message));
    }
    if let Some(message) = &tally.fail_job {
        return Some(failed("PodFailurePolicy", message));
    }
    let limit = job.spec.backoff_limit.unwrap_or(6);
    let too_many_restarts = if limit == 0 { tally.restarts > 0 } else { tally.restarts >= limit };
    if tally.failed > limit || too_many_restarts {
        return Some(failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"));
    }
    if deadline(job).is_some_and(|deadline| deadline.sim_time() <= now) {
        return Some(failed("DeadlineExceeded", "Job was active longer than specified deadline"));
    }
    if is_indexed(job) { early_by_index(job, tally) } else { stored_success(job) }
}

/// That the criteria for success were met before.
fn stored_success(job: &Job) -> Option<Outcome> {
    let met = job.holds("SuccessCriteriaMet")?;
    Some(Outcome { failed: false, reason: met.reason.to_string(), message: met.message.to_string() })
}

fn early_by_index(job: &Job, tally: &Tally) -> Option<Outcome> {
    let completions = job.spec.completions.unwrap_or(0);
    let failures = i32::try_from(tally.failed_indexes.len()).unwrap_or(i32::MAX);
    if job.spec.backoff_limit_per_index.is_some() {
        if job.spec.max_failed_indexes.is_some_and(|limit| failures > limit) {
            let message = "Job has exceeded the specified maximal number of failed indexes";
            return Some(failed("MaxFailedIndexesExceeded", message));
        }
        if failures > 0 && failures + tally.succeeded >= completions {
            return Some(failed("FailedIndexes", "Job has failed indexes"));
        }
    }
    stored_success(job).or_else(|| {
        let policy = job.spec.success_policy.as_ref()?;
        let rule = policy::success(policy, &tally.succeeded_indexes, completions)?;
        let message = format!("Matched rules at index {rule}");
        Some(Outcome { failed: false, reason: "SuccessPolicy".to_owned(), message })
    })
}

/// Whether enough pods have succeeded; without a count the first success is enough, once no other pod is active.
pub fn complete(job: &Job, tally: &Tally, active: i32) -> Option<Outcome> {
    let enough = match job.spec.completions {
        Some(completions) => tally.succeeded >= completions,
        None => tally.succeeded > 0,
    };
    (enough && active == 0).then(|| Outcome {
        failed: false,
        reason: "CompletionsReached".to_owned(),
        message: "Reached expected number of succeeded pods".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use crate::base::Value;
    use serde_json::json;

    fn job(spec: Value, status: Value) -> Job {
        Job::from_json(json!({"metadata": {"name": "j"}, "spec": spec, "status": status})).unwrap()
    }

    #[test]
    fn ends() {
        let started = json!({"startTime": "2026-01-01T00:00:00Z"});
        let tally = |failed: i32, restarts: i32| Tally { failed, restarts, ..Tally::default() };
        let per_index = json!({"completionMode": "Indexed", "completions": 3, "backoffLimitPerIndex": 1, "backoffLimit": 99, "maxFailedIndexes": 1});
        let indexes = |failed: &[i32], succeeded: i32| Tally {
            failed_indexes: failed.iter().copied().collect(),
            succeeded,
            ..Tally::default()
        };
        for (spec, tally, seconds, expected) in [
            (json!({"backoffLimit": 2}), tally(2, 0), 0, None),
            (json!({"backoffLimit": 2}), tally(3, 0), 0, Some("BackoffLimitExceeded")),
            (json!({"backoffLimit": 0}), tally(0, 0), 0, None),
            (json!({"backoffLimit": 0}), tally(0, 1), 0, Some("BackoffLimitExceeded")),
            (json!({"backoffLimit": 3}), tally(0, 2), 0, None),
            (json!({"backoffLimit": 3}), tally(0, 3), 0, Some("BackoffLimitExceeded")),
            (json!({"activeDeadlineSeconds": 5}), tally(0, 0), 4, None),
            (json!({"activeDeadlineSeconds": 5}), tally(0, 0), 5, Some("DeadlineExceeded")),
            (json!({"activeDeadlineSeconds": 5, "suspend": true}), tally(0, 0), 5, None),
            (per_index.clone(), indexes(&[1], 1), 0, None),
            (per_index.clone(), indexes(&[1], 2), 0, Some("FailedIndexes")),
            (per_index, indexes(&[0, 1], 0), 0, Some("MaxFailedIndexesExceeded")),
        ] {
            let outcome = early(&job(spec.clone(), started.clone()), &tally, SimTime::from_secs(seconds));
            assert_eq!(outcome.map(|outcome| outcome.reason).as_deref(), expected, "{spec}");
        }
    }

    #[test]
    fn completes() {
        for (spec, succeeded, active, expected) in [
            (json!({"completions": 2}), 1, 0, false),
            (json!({"completions": 2}), 2, 1, false),
            (json!({"completions": 2}), 2, 0, true),
            (json!({"parallelism": 2}), 0, 0, false),
            (json!({"parallelism": 2}), 1, 1, false),
            (json!({"parallelism": 2}), 1, 0, true),
        ] {
            let tally = Tally { succeeded, ..Tally::default() };
            assert_eq!(complete(&job(spec.clone(), json!({})), &tally, active).is_some(), expected, "{spec}");
        }
    }
}
