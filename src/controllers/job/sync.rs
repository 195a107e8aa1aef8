//! The sync of a Job: count, end it or make and delete pods, let counted pods go, write the status.
//!
//! Upstream counts a pod in two steps, because its status write and the pod's finalizer are two requests; here they happen in
//! one sync, so `uncountedTerminatedPods` stays empty.
//!
//! Models `pkg/controller/job/job_controller.go`.

use super::outcome::{self, Outcome};
use super::pods::{missing, new_pod, pending_indexes, surplus};
use super::tally::{Tally, is_failed, is_indexed, is_tracked};
use super::{TRACKING, back_off, indexes};
use crate::api::json::Rest;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::batch::{JobCondition, JobStatus, PodReplacementPolicy};
use crate::api::objects::pod::{ConditionStatus, PodPhase};
use crate::api::objects::{Job, Object, Pod};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::time::{Duration, Timestamp};
use crate::base::{Fields, Str, Value};
use crate::controllers::owned;
use crate::controllers::replicaset::slow_start::{BURST, slow_start};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::rc::Rc;

const SOURCE: Source = Source { component: "job-controller", host: "", field_path: "" };
/// How long changes of pods are collected (`syncJobBatchPeriod`). A failure is looked at without delay.
const COALESCE: Duration = Duration::from_secs(1);

/// Runs pods to completion.
#[derive(Clone, Default)]
pub struct JobController;

impl Controller for JobController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::JOB => match (&change.old, &change.new) {
                (Some(old), None) => {
                    let pods = store.owned_by(&old.meta().uid).filter(|object| object.kind() == Kind::POD);
                    pods.for_each(|pod| queue.now(pod.key()));
                }
                _ if crate::controllers::replicaset::sync::spec_changed(change) => queue.now(change.key.clone()),
                _ => {}
            },
            Kind::POD => {
                let pod = change.new.as_deref().and_then(Pod::of);
                let failed = pod.is_some_and(|pod| pod.status.phase == PodPhase::Failed);
                owned::observe_pod(Kind::JOB, change, store, queue, if failed { owned::COALESCE } else { COALESCE });
                if pod.is_some_and(|pod| is_tracked(pod) && !has_job(pod, store)) {
                    queue.now(change.key.clone());
                }
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        if key.kind == Kind::POD {
            let orphan = context.api.store().pod(key).is_some_and(|pod| !has_job(pod, context.api.store()));
            return if orphan { untrack(key, context) } else { Ok(()) };
        }
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(job) = Job::of(&object) else { return Ok(()) };
        if job.spec.managed_by.as_deref().is_some_and(|name| name != "kubernetes.io/job-controller") {
            return Ok(());
        }
        let pods = owned::claim_pods(Kind::JOB, &job.meta, &job.spec.selector, context)?;
        if job.end().is_some() || job.meta.is_terminating() {
            return pods.iter().try_for_each(|pod| untrack(&pod.key(), context));
        }
        Round { object: &object, job, status: job.status.clone() }.run(&pods, context)
    }
}

/// Whether the Job that the pod belongs to is there.
fn has_job(pod: &Pod, store: &Store) -> bool {
    let owner = pod.meta.controller().filter(|owner| &*owner.kind == "Job");
    owner.is_some_and(|owner| store.by_uid(&owner.uid).is_some())
}

/// Takes the finalizer off a pod that has been counted.
fn untrack(key: &Key, context: &mut Context<'_>) -> Result<()> {
    let Some(mut pod) = context.api.store().pod(key).filter(|pod| is_tracked(pod)).cloned() else { return Ok(()) };
    pod.meta.finalizers.retain(|finalizer| &**finalizer != TRACKING);
    context.api.update(pod).map(|_| ())
}

/// One look at a Job.
struct Round<'a> {
    object: &'a Object,
    job: &'a Job,
    status: JobStatus,
}

impl Round<'_> {
    fn run(mut self, objects: &[Rc<Object>], context: &mut Context<'_>) -> Result<()> {
        let now = context.now.timestamp();
        let suspended = self.job.spec.suspend == Some(true);
        if self.status.start_time.is_none() && !suspended {
            self.status.start_time = Some(now);
        }
        let pods: Vec<&Pod> = objects.iter().filter_map(|object| Pod::of(object)).collect();
        let active: Vec<&Pod> = pods.iter().copied().filter(|pod| pod.is_active()).collect();
        let mut tally = Tally::of(self.job, &pods);
        let mut count = i32::try_from(active.len()).unwrap_or(i32::MAX);
        let mut result = Ok(());
        let mut outcome = outcome::early(self.job, &tally, context.now);
        if let Some(outcome) = &outcome {
            // Who is stopped counts as failed, unless the Job succeeded and counts only what has ended.
            if outcome.failed || self.job.spec.pod_replacement_policy != Some(PodReplacementPolicy::Failed) {
                let counted = active.iter().filter(|pod| is_tracked(pod)).count();
                tally.failed = tally.failed.saturating_add(i32::try_from(counted).unwrap_or(i32::MAX));
            }
            result = self.delete(&active, &mut tally, context);
            count = 0;
        } else {
            result = result.and_then(|()| self.manage(&active, &mut tally, &mut count, context));
            outcome = outcome::complete(self.job, &tally, count);
            if outcome.is_none() {
                self.tell_suspension(suspended, now, context);
            }
        }
        if let Some(deadline) = outcome::deadline(&Job { status: self.status.clone(), ..self.job.clone() })
            && outcome.is_none()
        {
            context.queue.after(self.object.key(), deadline.sim_time().since(context.now));
        }
        for pod in &pods {
            let counted = pod.status.phase == PodPhase::Succeeded || is_failed(self.job, pod) || outcome.is_some();
            if counted && is_tracked(pod) {
                untrack(&Key::new(Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone()), context)?;
            }
        }
        self.count(&tally, count);
        if let Some(outcome) = &outcome {
            self.end(outcome, tally.terminating, now, context);
        }
        if self.status != self.job.status {
            context.api.update_status(Job { status: self.status, ..self.job.clone() })?;
        }
        result
    }

    /// Deletes pods, which are terminating from then on.
    fn delete(&self, pods: &[&Pod], tally: &mut Tally, context: &mut Context<'_>) -> Result<()> {
        for pod in pods {
            owned::delete_pod(self.object, pod, SOURCE, context)?;
            tally.ready -= i32::from(pod.is_ready());
            // One without a node is gone at once.
            tally.terminating += i32::from(!pod.node_name.is_empty());
        }
        Ok(())
    }

    /// Deletes pods that are too many, or makes those that are missing, unless the back-off is not over.
    fn manage(&self, active: &[&Pod], tally: &mut Tally, count: &mut i32, context: &mut Context<'_>) -> Result<()> {
        let gone = match self.job.spec.suspend {
            Some(true) => active.to_vec(),
            _ => surplus(self.job, tally, active, context.now),
        };
        if !gone.is_empty() || self.job.spec.suspend == Some(true) {
            *count -= i32::try_from(gone.len()).unwrap_or(i32::MAX);
            return self.delete(&gone, tally, context);
        }
        let missing = missing(self.job, tally, *count);
        if missing == 0 {
            return Ok(());
        }
        if self.job.spec.backoff_limit_per_index.is_none() {
            let (failures, last) = tally.in_a_row;
            let wait = back_off::remaining(failures, last, context.now);
            if !wait.is_zero() {
                context.queue.after(self.object.key(), wait);
                return Ok(());
            }
        }
        let indexes: Vec<Option<i32>> = match is_indexed(self.job) {
            true => {
                let (ready, wait) = pending_indexes(self.job, tally, active, missing, context.now);
                if let Some(wait) = wait {
                    context.queue.after(self.object.key(), wait);
                }
                ready.into_iter().map(Some).collect()
            }
            false => vec![None; missing],
        };
        let mut left = indexes.iter();
        let (made, error) = slow_start(indexes.len().min(BURST), || {
            let index = left.next().copied().flatten();
            owned::create_pod(self.object, new_pod(self.job, index, tally), SOURCE, context)
        });
        *count += i32::try_from(made).unwrap_or(i32::MAX);
        if indexes.len() > BURST {
            context.queue.now(self.object.key());
        }
        error.map_or(Ok(()), Err)
    }

    /// Writes the condition that says whether the Job waits, when that changed.
    fn tell_suspension(&mut self, suspended: bool, now: Timestamp, context: &mut Context<'_>) {
        let present = self.status.conditions.iter().position(|condition| &*condition.kind == "Suspended");
        let was = present.and_then(|place| self.status.conditions.get(place)).map(|condition| condition.status);
        let (status, reason, message, event) = match suspended {
            true => (ConditionStatus::True, "JobSuspended", "Job suspended", "Suspended"),
            false => (ConditionStatus::False, "JobResumed", "Job resumed", "Resumed"),
        };
        if was == Some(status) || was.is_none() && !suspended {
            return;
        }
        let new = condition("Suspended", status, reason, message, now);
        match present.and_then(|place| self.status.conditions.get_mut(place)) {
            Some(present) => *present = new,
            None => self.status.conditions.push(new),
        }
        if !suspended {
            self.status.start_time = Some(now);
        }
        context.api.event(self.object, SOURCE, EventType::Normal, event, message);
    }

    fn count(&mut self, tally: &Tally, active: i32) {
        let status = &mut self.status;
        status.active = active;
        status.ready = Some(tally.ready.max(0));
        status.terminating = Some(tally.terminating);
        status.succeeded = tally.succeeded;
        status.failed = tally.failed;
        status.uncounted = Some(Value::Object(Fields::new()));
        if is_indexed(self.job) {
            status.completed_indexes = indexes::text(&tally.succeeded_indexes).into();
            let failed = || Str::from(indexes::text(&tally.failed_indexes));
            status.failed_indexes = self.job.spec.backoff_limit_per_index.map(|_| failed());
        }
    }

    /// Writes that the Job's fate is sealed and, when no pod is left that is being deleted, that it is over.
    fn end(&mut self, outcome: &Outcome, terminating: i32, now: Timestamp, context: &mut Context<'_>) {
        let (sealed, over) = match outcome.failed {
            true => ("FailureTarget", "Failed"),
            false => ("SuccessCriteriaMet", "Complete"),
        };
        let (reason, message) = (&*outcome.reason, &*outcome.message);
        if self.job.holds(sealed).is_none() {
            self.status.conditions.push(condition(sealed, ConditionStatus::True, reason, message, now));
        }
        if terminating > 0 {
            return;
        }
        self.status.conditions.push(condition(over, ConditionStatus::True, reason, message, now));
        if outcome.failed {
            context.api.event(self.object, SOURCE, EventType::Warning, reason_word(reason), message);
            return;
        }
        self.status.completion_time = Some(now);
        if self.job.spec.completions.is_some_and(|wanted| self.status.succeeded > wanted) {
            let message = "Too many succeeded pods running after completion count reached";
            context.api.event(self.object, SOURCE, EventType::Warning, "TooManySucceededPods", message);
        }
        context.api.event(self.object, SOURCE, EventType::Normal, "Completed", "Job completed");
    }
}

/// The reason of an event, which is one of a few words.
fn reason_word(reason: &str) -> &'static str {
    const WORDS: [&str; 5] =
        ["BackoffLimitExceeded", "DeadlineExceeded", "PodFailurePolicy", "MaxFailedIndexesExceeded", "FailedIndexes"];
    WORDS.into_iter().find(|word| *word == reason).unwrap_or("Failed")
}

fn condition(kind: &str, status: ConditionStatus, reason: &str, message: &str, now: Timestamp) -> JobCondition {
    JobCondition {
        kind: kind.into(),
        status,
        last_probe_time: Some(now),
        last_transition_time: Some(now),
        reason: reason.into(),
        message: message.into(),
        rest: Rest::default(),
    }
}
