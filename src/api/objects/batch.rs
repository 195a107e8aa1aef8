//! Jobs and CronJobs.

use crate::api::meta::Meta;
use crate::api::objects::pod::{ConditionStatus, PodTemplate};
use crate::api::objects::service::ObjectReference;
use crate::api::selector::LabelSelector;
use crate::base::{Str, Value, time::Timestamp};
use crate::{object, text_enum};
use std::rc::Rc;

text_enum! {
    /// What a Job counts.
    pub enum CompletionMode {
        /// Any pods.
        NonIndexed = "NonIndexed",
        /// One pod for each index.
        Indexed = "Indexed",
    }

    /// When a pod of a Job is replaced.
    pub enum PodReplacementPolicy {
        /// As soon as it is being deleted.
        TerminatingOrFailed = "TerminatingOrFailed",
        /// When it has ended.
        Failed = "Failed",
    }

    /// What a CronJob does when the Job before still runs.
    pub enum ConcurrencyPolicy {
        /// It starts another one.
        Allow = "Allow",
        /// It starts none.
        Forbid = "Forbid",
        /// It deletes that one and starts another.
        Replace = "Replace",
    }
}

object! {
    /// A Job.
    pub struct Job {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: JobSpec = "spec" always,
        /// The state.
        pub status: JobStatus = "status" always,
    }

    /// `spec` of a Job.
    pub struct JobSpec {
        /// How many pods run at a time.
        pub parallelism: Option<i32> = "parallelism",
        /// How many have to succeed; none: one, and then the others have to end too.
        pub completions: Option<i32> = "completions",
        /// Seconds after which the Job has failed.
        pub active_deadline_seconds: Option<i64> = "activeDeadlineSeconds",
        /// Which failures count, or end the Job.
        pub pod_failure_policy: Option<PodFailurePolicy> = "podFailurePolicy",
        /// When an Indexed Job has succeeded before all indexes have.
        pub success_policy: Option<SuccessPolicy> = "successPolicy",
        /// How many failures there may be.
        pub backoff_limit: Option<i32> = "backoffLimit",
        /// The same, for each index.
        pub backoff_limit_per_index: Option<i32> = "backoffLimitPerIndex",
        /// How many indexes may fail.
        pub max_failed_indexes: Option<i32> = "maxFailedIndexes",
        /// Which pods count.
        pub selector: Rc<LabelSelector> = "selector",
        /// How pods are made.
        pub template: Rc<PodTemplate> = "template" always,
        /// Seconds from its end to its removal.
        pub ttl_seconds_after_finished: Option<i32> = "ttlSecondsAfterFinished",
        /// What it counts.
        pub completion_mode: Option<CompletionMode> = "completionMode",
        /// Whether it waits, without pods.
        pub suspend: Option<bool> = "suspend",
        /// When a pod is replaced.
        pub pod_replacement_policy: Option<PodReplacementPolicy> = "podReplacementPolicy",
        /// Who looks after it, if not the Job controller.
        pub managed_by: Option<Str> = "managedBy",
    }

    /// `spec.podFailurePolicy`.
    pub struct PodFailurePolicy {
        /// The first rule that fits decides.
        pub rules: Vec<FailureRule> = "rules",
    }

    /// A rule of `spec.podFailurePolicy`.
    pub struct FailureRule {
        /// `FailJob`, `FailIndex`, `Ignore` or `Count`.
        pub action: Str = "action" always,
        /// Exit codes that it is for.
        pub on_exit_codes: Option<ExitCodes> = "onExitCodes",
        /// Conditions of pods that it is for.
        pub on_pod_conditions: Vec<PodPattern> = "onPodConditions",
    }

    /// `onExitCodes`.
    pub struct ExitCodes {
        /// The container; none: any.
        pub container_name: Option<Str> = "containerName",
        /// `In` or `NotIn`.
        pub operator: Str = "operator" always,
        /// Exit codes.
        pub values: Vec<i32> = "values",
    }

    /// An entry of `onPodConditions`.
    pub struct PodPattern {
        /// The condition.
        pub kind: Str = "type" always,
        /// What it says.
        pub status: ConditionStatus = "status" always,
    }

    /// `spec.successPolicy`.
    pub struct SuccessPolicy {
        /// One that is met is enough.
        pub rules: Vec<SuccessRule> = "rules",
    }

    /// A rule of `spec.successPolicy`.
    pub struct SuccessRule {
        /// Indexes that matter; none: all.
        pub succeeded_indexes: Option<Str> = "succeededIndexes",
        /// How many of them have to succeed; none: all.
        pub succeeded_count: Option<i32> = "succeededCount",
    }

    /// `status` of a Job.
    pub struct JobStatus {
        /// Conditions.
        pub conditions: Vec<JobCondition> = "conditions",
        /// When it began.
        pub start_time: Option<Timestamp> = "startTime",
        /// When it succeeded.
        pub completion_time: Option<Timestamp> = "completionTime",
        /// Pods that wait or run.
        pub active: i32 = "active",
        /// Pods that succeeded.
        pub succeeded: i32 = "succeeded",
        /// Pods that failed.
        pub failed: i32 = "failed",
        /// Pods that are being deleted.
        pub terminating: Option<i32> = "terminating",
        /// Indexes that succeeded, as in `0-2,5`.
        pub completed_indexes: Str = "completedIndexes",
        /// Indexes that failed.
        pub failed_indexes: Option<Str> = "failedIndexes",
        /// Pods that have ended and are not counted yet.
        pub uncounted: Option<Value> = "uncountedTerminatedPods",
        /// Active pods that are ready.
        pub ready: Option<i32> = "ready",
    }

    /// A condition of a Job.
    pub struct JobCondition {
        /// `Complete`, `Failed`.
        pub kind: Str = "type" always,
        /// Whether it holds.
        pub status: ConditionStatus = "status" always,
        /// When it was looked at last.
        pub last_probe_time: Option<Timestamp> = "lastProbeTime",
        /// When the status changed last.
        pub last_transition_time: Option<Timestamp> = "lastTransitionTime",
        /// Why, in a word.
        pub reason: Str = "reason",
        /// Why.
        pub message: Str = "message",
    }

    /// A CronJob.
    pub struct CronJob {
        /// Metadata.
        pub meta: Meta = "metadata" always,
        /// The desired state.
        pub spec: CronJobSpec = "spec" always,
        /// The state.
        pub status: CronJobStatus = "status" always,
    }

    /// `spec` of a CronJob.
    pub struct CronJobSpec {
        /// When, as cron writes it.
        pub schedule: Str = "schedule" always,
        /// The time zone of the schedule; none: the cluster's, which is UTC.
        pub time_zone: Option<Str> = "timeZone",
        /// Seconds that a start may be late.
        pub starting_deadline_seconds: Option<i64> = "startingDeadlineSeconds",
        /// What happens when the Job before still runs.
        pub concurrency_policy: ConcurrencyPolicy = "concurrencyPolicy" always,
        /// Whether nothing is started.
        pub suspend: Option<bool> = "suspend",
        /// How Jobs are made.
        pub job_template: Rc<JobTemplate> = "jobTemplate" always,
        /// How many succeeded Jobs are kept.
        pub successful_jobs_history_limit: Option<i32> = "successfulJobsHistoryLimit",
        /// How many failed Jobs are kept.
        pub failed_jobs_history_limit: Option<i32> = "failedJobsHistoryLimit",
    }

    /// `spec.jobTemplate`.
    pub struct JobTemplate {
        /// Labels and annotations of the Jobs.
        pub meta: Meta = "metadata" always,
        /// Their spec.
        pub spec: JobSpec = "spec" always,
    }

    /// `status` of a CronJob.
    pub struct CronJobStatus {
        /// Jobs that run.
        pub active: Vec<ObjectReference> = "active",
        /// For when a Job was started last.
        pub last_schedule_time: Option<Timestamp> = "lastScheduleTime",
        /// When a Job succeeded last.
        pub last_successful_time: Option<Timestamp> = "lastSuccessfulTime",
    }
}

impl Job {
    /// The condition of this type, if it holds.
    pub fn holds(&self, kind: &str) -> Option<&JobCondition> {
        self.status.conditions.iter().find(|c| &*c.kind == kind && c.status == ConditionStatus::True)
    }

    /// The condition that says that the Job is over: `Complete` or `Failed`.
    pub fn end(&self) -> Option<&JobCondition> {
        self.holds("Complete").or_else(|| self.holds("Failed"))
    }
}
