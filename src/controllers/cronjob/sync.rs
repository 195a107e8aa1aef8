//! The sync of a CronJob: forget Jobs that are over, start one that is due, remove old ones, wait for the next moment.
//!
//! Models `pkg/controller/cronjob/cronjob_controllerv2.go`.

use super::missed::{MANY, most_recent};
use super::schedule::Schedule;
use super::zone::{UTC, Zone};
use crate::api::json::Rest;
use crate::api::kinds::{Key, Kind};
use crate::api::meta::Meta;
use crate::api::objects::batch::{ConcurrencyPolicy, CronJobStatus, JobStatus};
use crate::api::objects::service::ObjectReference;
use crate::api::objects::{CronJob, Job, Object, controller_ref};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Propagation, Reason, Result, Store};
use crate::base::Order;
use crate::base::Str;
use crate::base::text::go_quote;
use crate::base::time::{Duration, Timestamp};
use crate::controllers::replicaset::sync::spec_changed;
use crate::controllers::runtime::{Context, Controller, Enqueue};

const SOURCE: Source = Source { component: "cronjob-controller", host: "", field_path: "" };
/// The annotation of a Job with the moment for which it was started.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// How long after the moment the CronJob is looked at (`nextScheduleDelta`).
const DELTA: Duration = Duration::from_millis(100);

/// Starts Jobs on time.
#[derive(Clone, Default)]
pub struct CronJobController;

impl Controller for CronJobController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::CRON_JOB if spec_changed(change) => queue.now(change.key.clone()),
            Kind::JOB => {
                let ended = |object: Option<&Object>| object.and_then(Job::of).map(|job| job.end().is_some());
                if ended(change.old.as_deref()) == ended(change.new.as_deref()) {
                    return;
                }
                let owner = change.object().and_then(|object| object.meta().controller());
                if let Some(owner) = owner.filter(|owner| &*owner.kind == "CronJob") {
                    queue.now(change.key.sibling(Kind::CRON_JOB, owner.name.clone()));
                }
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(cron) = CronJob::of(&object) else { return Ok(()) };
        let own = context.api.store().owned_by(&cron.meta.uid).filter_map(|object| Job::of(object));
        let mut jobs: Vec<Job> = own.cloned().collect();
        jobs.order_by_key(|job| (job.status.start_time, job.meta.name.clone()));
        let mut round = Round { object: &object, cron, status: cron.status.clone() };
        round.account(&jobs, context);
        let result = if cron.meta.is_terminating() { Ok(()) } else { round.start(&jobs, context) };
        round.clean(&jobs, context)?;
        if round.status != cron.status {
            context.api.update_status(CronJob { status: round.status, ..cron.clone() })?;
        }
        result
    }
}

/// One look at a CronJob.
struct Round<'a> {
    object: &'a Object,
    cron: &'a CronJob,
    status: CronJobStatus,
}

impl Round<'_> {
    fn tell(&self, kind: EventType, reason: &'static str, message: &str, context: &mut Context<'_>) {
        context.api.event(self.object, SOURCE, kind, reason, message);
    }

    /// Takes Jobs that are over or gone out of the list of the active ones.
    fn account(&mut self, jobs: &[Job], context: &mut Context<'_>) {
        for job in jobs {
            let active = self.status.active.iter().any(|reference| reference.uid == job.meta.uid);
            match job.end() {
                Some(end) if active => {
                    self.status.active.retain(|reference| reference.uid != job.meta.uid);
                    let message = format!("Saw completed job: {}, condition: {}", job.meta.name, end.kind);
                    self.tell(EventType::Normal, "SawCompletedJob", &message, context);
                }
                None if !active => {
                    let message = format!("Saw a job that the controller did not create or forgot: {}", job.meta.name);
                    self.tell(EventType::Warning, "UnexpectedJob", &message, context);
                }
                _ => {}
            }
            if job.holds("Complete").is_some() {
                self.status.last_successful_time = self.status.last_successful_time.max(job.status.completion_time);
            }
        }
        let (there, missing): (Vec<_>, Vec<_>) = std::mem::take(&mut self.status.active)
            .into_iter()
            .partition(|reference| jobs.iter().any(|job| job.meta.uid == reference.uid));
        self.status.active = there;
        for reference in missing {
            let message = format!("Active job went missing: {}", reference.name);
            self.tell(EventType::Normal, "MissingJob", &message, context);
        }
    }

    /// Starts a Job if one is due, and sees to it that the next moment is not missed.
    fn start(&mut self, jobs: &[Job], context: &mut Context<'_>) -> Result<()> {
        let spec = &self.cron.spec;
        let zone = match spec.time_zone.as_deref() {
            None => UTC,
            Some(name) => match Zone::named(name) {
                Some(zone) => zone,
                None => {
                    let message = format!("invalid timeZone: {}: unknown time zone {name}", go_quote(name));
                    self.tell(EventType::Warning, "UnknownTimeZone", &message, context);
                    return Ok(());
                }
            },
        };
        if spec.suspend == Some(true) {
            return Ok(());
        }
        let Some(schedule) = Schedule::parse(&spec.schedule) else {
            let message = format!("unparseable schedule: {}", go_quote(&spec.schedule));
            self.tell(EventType::Warning, "UnparseableSchedule", &message, context);
            return Ok(());
        };
        let now = context.now.timestamp();
        let since = self.since();
        let earliest = match spec.starting_deadline_seconds {
            Some(seconds) => since.max(now.0.saturating_sub(seconds)),
            None => since,
        };
        let mut result = Ok(());
        if let Some((due, missed)) = most_recent(&schedule, zone, earliest, now.0) {
            if missed > MANY {
                let message = format!(
                    "too many missed start times: {missed}. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
                );
                self.tell(EventType::Warning, "TooManyMissedTimes", &message, context);
            }
            result = self.start_at(Timestamp(due), zone, jobs, context);
        }
        let last = most_recent(&schedule, zone, self.since(), now.0).map_or(self.since(), |(due, _)| due);
        if let Some(next) = schedule.next(last, zone) {
            let wait = Timestamp(next).sim_time().after(DELTA).since(context.now);
            context.queue.after(self.object.key(), wait);
        }
        result
    }

    /// The moment after which moments count.
    fn since(&self) -> i64 {
        let created = self.cron.meta.creation_timestamp.unwrap_or_default();
        self.status.last_schedule_time.unwrap_or(created).0
    }

    fn start_at(&mut self, due: Timestamp, zone: Zone, jobs: &[Job], context: &mut Context<'_>) -> Result<()> {
        let name = Str::from(format!("{}-{}", self.cron.meta.name, due.0 / 60));
        if self.status.active.iter().any(|reference| reference.name == name)
            || self.status.last_schedule_time == Some(due)
        {
            return Ok(());
        }
        if self.cron.spec.concurrency_policy == ConcurrencyPolicy::Forbid && !self.status.active.is_empty() {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            self.tell(EventType::Normal, "JobAlreadyActive", message, context);
            return Ok(());
        }
        if self.cron.spec.concurrency_policy == ConcurrencyPolicy::Replace {
            let active = std::mem::take(&mut self.status.active);
            for job in jobs.iter().filter(|job| active.iter().any(|reference| reference.uid == job.meta.uid)) {
                self.delete(job, context)?;
            }
        }
        match context.api.create(self.job(name, due, zone)) {
            Ok(job) => {
                let meta = job.meta();
                let message = format!("Created job {}", meta.name);
                self.tell(EventType::Normal, "SuccessfulCreate", &message, context);
                self.status.active.push(reference(meta));
                self.status.last_schedule_time = Some(due);
                Ok(())
            }
            Err(status) if status.reason == Reason::AlreadyExists => {
                self.status.last_schedule_time = Some(due);
                Ok(())
            }
            Err(status) if status.message.contains("because it is being terminated") => Ok(()),
            Err(status) => {
                let message = format!("Error creating job: {}", status.message);
                self.tell(EventType::Warning, "FailedCreate", &message, context);
                Err(status)
            }
        }
    }

    /// The Job for a moment.
    ///
    /// Models `getJobFromTemplate2` of `pkg/controller/cronjob/utils.go`.
    fn job(&self, name: Str, due: Timestamp, zone: Zone) -> Job {
        let template = &self.cron.spec.job_template;
        let cron = &self.cron.meta;
        let mut annotations = template.meta.annotations.clone();
        annotations.insert(SCHEDULED, local_text(due, zone));
        Job {
            meta: Meta {
                name,
                namespace: cron.namespace.clone(),
                labels: template.meta.labels.clone(),
                annotations,
                owner_references: vec![controller_ref(Kind::CRON_JOB, &cron.name, &cron.uid)].into(),
                ..Meta::default()
            },
            spec: template.spec.clone(),
            status: JobStatus::default(),
            rest: Rest::default(),
        }
    }

    fn delete(&self, job: &Job, context: &mut Context<'_>) -> Result<()> {
        let key = Key::new(Kind::JOB, job.meta.namespace.clone(), job.meta.name.clone());
        let options = Options { propagation: Propagation::Background, ..Options::default() };
        match context.api.delete(&key, options) {
            Ok(()) => {
                self.tell(EventType::Normal, "SuccessfulDelete", &format!("Deleted job {}", job.meta.name), context);
                Ok(())
            }
            Err(status) if status.reason == Reason::NotFound => Ok(()),
            Err(status) => {
                self.tell(EventType::Warning, "FailedDelete", &format!("Deleted job: {}", status.message), context);
                Err(status)
            }
        }
    }

    /// Deletes the oldest Jobs that are over, beyond those that are kept.
    ///
    /// Models `cleanupFinishedJobs`.
    fn clean(&self, jobs: &[Job], context: &mut Context<'_>) -> Result<()> {
        let spec = &self.cron.spec;
        let limits = [("Complete", spec.successful_jobs_history_limit), ("Failed", spec.failed_jobs_history_limit)];
        for (end, limit) in limits {
            let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else { continue };
            let over: Vec<&Job> =
                jobs.iter().filter(|job| job.holds(end).is_some() && !job.meta.is_terminating()).collect();
            over.iter().take(over.len().saturating_sub(limit)).try_for_each(|job| self.delete(job, context))?;
        }
        Ok(())
    }
}

/// RFC 3339 by local clocks.
fn local_text(at: Timestamp, zone: Zone) -> String {
    let offset = zone.offset(at.0);
    if zone == UTC {
        return at.to_string();
    }
    let local = Timestamp(at.0 + offset).to_string();
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs() / 60;
    format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes / 60, minutes % 60)
}

fn reference(job: &Meta) -> ObjectReference {
    ObjectReference {
        api_version: Kind::JOB.api_version().into(),
        kind: "Job".into(),
        namespace: job.namespace.clone(),
        name: job.name.clone(),
        uid: job.uid.clone(),
        resource_version: job.resource_version.0.to_string().into(),
        ..ObjectReference::default()
    }
}
