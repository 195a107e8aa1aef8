//! The Job controller: pods until enough of them have ended well.
//!
//! Not modelled: indexed completion, pod failure policies, TTL, suspension in the middle. Models `pkg/controller/job`.

use super::workload::{Workload, observe};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::api::objects::pod::PodPhase;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::Value;
use crate::base::time::{Duration, Timestamp};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use serde_json::json;

const SOURCE: Source = Source { component: "job-controller", host: "", field_path: "" };
/// The wait after a pod failed; it doubles with each failure.
const BACK_OFF: Duration = Duration::from_secs(10);

/// Runs pods to completion.
#[derive(Clone, Default)]
pub struct JobController;

impl Controller for JobController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        observe(Kind::JOB, change, queue);
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(job) = Workload::read(key, context.api.store()) else { return Ok(()) };
        if job.meta().is_terminating() || is_finished(&job) {
            return Ok(());
        }
        let suspended = job.field("/spec/suspend").and_then(Value::as_bool).unwrap_or(false);
        let objects = job.claim_pods(context)?;
        let pods: Vec<&Pod> = objects.iter().filter_map(|object| Pod::of(object)).collect();
        let now = context.now.timestamp();
        let tally = Tally::of(&pods);
        let outcome = outcome(&job, &tally, now);
        if let Some(outcome) = &outcome {
            for pod in pods.iter().filter(|pod| pod.is_active()) {
                job.delete_pod(pod, SOURCE, context)?;
            }
            let (kind, reason, message) = match outcome.failed {
                false => (EventType::Normal, "Completed", "Job completed"),
                true => (EventType::Warning, outcome.reason, outcome.message),
            };
            context.api.event(&job.object, SOURCE, kind, reason, message);
        } else if !suspended {
            manage(&job, &pods, &tally, context)?;
        }
        if let Some(deadline) = deadline(&job, now).filter(|_| outcome.is_none()) {
            let wait = deadline.0.saturating_sub(now.0).max(0) + 1;
            context.queue.after(key.clone(), Duration::from_secs(u64::try_from(wait).unwrap_or(1)));
        }
        job.write_status(status(&job, &tally, outcome, suspended, now), context)
    }
}

/// How many pods are in which state.
struct Tally {
    active: i64,
    ready: i64,
    terminating: i64,
    succeeded: i64,
    failed: i64,
    last_failure: Option<Timestamp>,
}

impl Tally {
    fn of(pods: &[&Pod]) -> Tally {
        let count = |test: &dyn Fn(&Pod) -> bool| pods.iter().filter(|pod| test(pod)).count() as i64;
        let ended = |pod: &&&Pod| pod.status.phase == PodPhase::Failed;
        let finished_at = |pod: &&Pod| {
            let states = pod.status.container_statuses.iter().filter_map(|status| status.state.terminated.as_ref());
            states.filter_map(|terminated| terminated.finished_at).max()
        };
        Tally {
            active: count(&Pod::is_active),
            ready: count(&|pod| pod.is_active() && pod.is_ready()),
            terminating: count(&|pod| pod.meta.is_terminating() && !pod.is_terminal()),
            succeeded: count(&|pod| pod.status.phase == PodPhase::Succeeded),
            failed: count(&|pod| pod.status.phase == PodPhase::Failed),
            last_failure: pods.iter().filter(ended).filter_map(finished_at).max(),
        }
    }
}

/// How a Job ends.
struct Outcome {
    failed: bool,
    reason: &'static str,
    message: &'static str,
}

fn is_finished(job: &Workload) -> bool {
    let conditions = job.field("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    conditions
        .filter(|condition| condition.get("status").and_then(Value::as_str) == Some("True"))
        .any(|condition| matches!(condition.get("type").and_then(Value::as_str), Some("Complete" | "Failed")))
}

/// When the Job must have ended.
fn deadline(job: &Workload, now: Timestamp) -> Option<Timestamp> {
    let seconds = job.number("/spec/activeDeadlineSeconds")?;
    let start = job.field("/status/startTime").and_then(Value::as_str).and_then(Timestamp::parse).unwrap_or(now);
    Some(Timestamp(start.0 + seconds))
}

fn outcome(job: &Workload, tally: &Tally, now: Timestamp) -> Option<Outcome> {
    let enough = match job.number("/spec/completions") {
        Some(completions) => tally.succeeded >= completions,
        None => tally.succeeded > 0 && tally.active == 0,
    };
    if enough {
        let message = "Reached expected number of succeeded pods";
        return Some(Outcome { failed: false, reason: "CompletionsReached", message });
    }
    if tally.failed > job.number("/spec/backoffLimit").unwrap_or(6) {
        let message = "Job has reached the specified backoff limit";
        return Some(Outcome { failed: true, reason: "BackoffLimitExceeded", message });
    }
    let late = deadline(job, now).is_some_and(|deadline| deadline < now);
    let message = "Job was active longer than specified deadline";
    late.then_some(Outcome { failed: true, reason: "DeadlineExceeded", message })
}

/// Makes as many pods as may run at once and are still needed; after a failure not before the back-off is over.
fn manage(job: &Workload, pods: &[&Pod], tally: &Tally, context: &mut Context<'_>) -> Result<()> {
    let parallelism = job.number("/spec/parallelism").unwrap_or(1);
    let needed = match job.number("/spec/completions") {
        Some(completions) => parallelism.min(completions - tally.succeeded),
        None if tally.succeeded > 0 => tally.active,
        None => parallelism,
    };
    if let Some(last) = tally.last_failure {
        let doublings = u32::try_from(tally.failed.clamp(1, 6) - 1).unwrap_or(0);
        let until = last.sim_time().after(BACK_OFF * 2_u32.pow(doublings));
        if until > context.now {
            context.queue.after(job.object.key(), until.since(context.now));
            return Ok(());
        }
    }
    for pod in pods.iter().filter(|pod| pod.is_active()).skip(usize::try_from(needed.max(0)).unwrap_or(0)) {
        job.delete_pod(pod, SOURCE, context)?;
    }
    for _ in tally.active + tally.terminating..needed {
        job.create_pod(job.new_pod(), SOURCE, context)?;
    }
    Ok(())
}

fn status(job: &Workload, tally: &Tally, outcome: Option<Outcome>, suspended: bool, now: Timestamp) -> Value {
    let mut status = job.field("/status").cloned().unwrap_or_else(|| json!({}));
    let ended = outcome.is_some();
    if status.get("startTime").is_none() && !suspended {
        status["startTime"] = now.to_string().into();
    }
    let active = if ended { 0 } else { tally.active };
    let stopped = if ended { tally.active } else { 0 };
    for (field, number) in [("active", active), ("succeeded", tally.succeeded), ("failed", tally.failed)] {
        match (number, status.as_object_mut()) {
            (0, Some(fields)) => {
                fields.remove(field);
            }
            (number, _) => status[field] = number.into(),
        }
    }
    status["ready"] = if ended { 0 } else { tally.ready }.into();
    status["terminating"] = (tally.terminating + stopped).into();
    status["uncountedTerminatedPods"] = json!({});
    if let Some(outcome) = outcome {
        let (first, second) =
            if outcome.failed { ("FailureTarget", "Failed") } else { ("SuccessCriteriaMet", "Complete") };
        let condition = |kind: &str| {
            json!({
                "type": kind, "status": "True", "lastProbeTime": now.to_string(), "lastTransitionTime": now.to_string(),
                "reason": outcome.reason, "message": outcome.message,
            })
        };
        status["conditions"] = json!([condition(first), condition(second)]);
        if !outcome.failed {
            status["completionTime"] = now.to_string().into();
        }
    }
    status
}
