//! What the pods of a Job add up to.

use super::policy::{Action, action};
use super::{INDEX, INDEX_FAILURES, TRACKING, back_off, indexes};
use crate::api::objects::batch::{CompletionMode, PodReplacementPolicy};
use crate::api::objects::pod::{PodPhase, RestartPolicy};
use crate::api::objects::{Job, Pod};
use crate::base::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The pods of a Job, counted. What has ended before is in the Job's status; what ended since still has the finalizer.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Active pods that are ready.
    pub ready: i32,
    /// Pods that are being deleted and have not ended.
    pub terminating: i32,
    /// Pods that have succeeded, or indexes.
    pub succeeded: i32,
    /// Pods that have failed.
    pub failed: i32,
    /// Indexes that have succeeded.
    pub succeeded_indexes: BTreeSet<i32>,
    /// Indexes that have failed for good.
    pub failed_indexes: BTreeSet<i32>,
    /// Of indexes that failed and may be tried again: how often, and when last.
    pub index_failures: BTreeMap<i32, (u32, Timestamp)>,
    /// Failures since a success, and when the last was.
    pub in_a_row: (u32, Timestamp),
    /// Restarts of containers in pods that restart themselves.
    pub restarts: i32,
    /// Why a rule of the failure policy ends the Job.
    pub fail_job: Option<String>,
}

/// Whether a pod counts as failed: one that is being deleted does, unless replacements wait for its end.
///
/// Models `isPodFailed` of `pkg/controller/job/job_controller.go`.
pub fn is_failed(job: &Job, pod: &Pod) -> bool {
    pod.status.phase == PodPhase::Failed
        || job.spec.pod_replacement_policy != Some(PodReplacementPolicy::Failed)
            && pod.meta.is_terminating()
            && pod.status.phase != PodPhase::Succeeded
}

/// Whether the pod has not been counted yet.
pub fn is_tracked(pod: &Pod) -> bool {
    pod.meta.finalizers.iter().any(|finalizer| &**finalizer == TRACKING)
}

/// The index of a pod.
pub fn index_of(pod: &Pod) -> Option<i32> {
    pod.meta.annotations.get(INDEX)?.parse().ok().filter(|index| *index >= 0)
}

/// Whether the Job has indexes.
pub fn is_indexed(job: &Job) -> bool {
    job.spec.completion_mode == Some(CompletionMode::Indexed)
}

impl Tally {
    /// Counts.
    pub fn of(job: &Job, pods: &[&Pod]) -> Tally {
        let completions = job.spec.completions.unwrap_or(0);
        let in_range = |pod: &Pod| !is_indexed(job) || index_of(pod).is_some_and(|index| index < completions);
        let policy = job.spec.pod_failure_policy.as_ref();
        let mut tally = Tally { succeeded: job.status.succeeded, failed: job.status.failed, ..Tally::default() };
        if is_indexed(job) {
            tally.succeeded_indexes = indexes::parse(&job.status.completed_indexes, completions);
            tally.failed_indexes =
                indexes::parse(job.status.failed_indexes.as_deref().unwrap_or_default(), completions);
        }
        let (mut successes, mut failures) = (Vec::new(), Vec::new());
        for pod in pods {
            tally.ready += i32::from(pod.is_active() && pod.is_ready());
            tally.terminating += i32::from(pod.meta.is_terminating() && !pod.is_terminal());
            if pod.is_active() && job.spec.template.spec.restart_policy == RestartPolicy::OnFailure {
                let statuses = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
                tally.restarts += statuses.map(|status| status.restart_count).sum::<i32>();
            }
            let verdict = if pod.status.phase == PodPhase::Failed { action(policy, pod) } else { Action::Count };
            if pod.status.phase == PodPhase::Succeeded {
                successes.push(back_off::finished_at(pod));
                if is_tracked(pod) && in_range(pod) {
                    tally.succeeded += 1;
                    tally.succeeded_indexes.extend(index_of(pod).filter(|_| is_indexed(job)));
                }
            } else if is_failed(job, pod) {
                if verdict != Action::Ignore {
                    failures.push(back_off::finished_at(pod));
                    tally.failed += i32::from(is_tracked(pod) && in_range(pod));
                }
                tally.count_index(job, pod, &verdict);
            }
            if let Action::FailJob(message) = verdict {
                tally.fail_job.get_or_insert(message);
            }
        }
        tally.in_a_row = back_off::failures_in_a_row(&successes, &failures);
        if is_indexed(job) {
            tally.succeeded = i32::try_from(tally.succeeded_indexes.len()).unwrap_or(i32::MAX);
        }
        tally
    }

    /// Counts a failure of an index, if the Job counts them so.
    ///
    /// Models `calculateFailedIndexes` and `getNewIndexFailureCounts` of `pkg/controller/job/indexed_job_utils.go`.
    fn count_index(&mut self, job: &Job, pod: &Pod, verdict: &Action) {
        let (Some(limit), Some(index)) = (job.spec.backoff_limit_per_index, index_of(pod)) else { return };
        let before = pod.meta.annotations.get(INDEX_FAILURES).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
        let limit = u32::try_from(limit).unwrap_or(0);
        if *verdict == Action::FailIndex || *verdict != Action::Ignore && before >= limit {
            self.failed_indexes.insert(index);
        }
        let failures = before + u32::from(*verdict != Action::Ignore);
        let entry = self.index_failures.entry(index).or_default();
        *entry = (*entry).max((failures, back_off::finished_at(pod)));
    }
}
