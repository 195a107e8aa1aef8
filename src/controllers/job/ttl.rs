//! Removes Jobs some time after their end, when they ask for it.
//!
//! Models `pkg/controller/ttlafterfinished/ttlafterfinished_controller.go`.

use crate::api::kinds::Key;
use crate::api::objects::Job;
use crate::apiserver::{Change, Options, Propagation, Result, Store};
use crate::base::time::Timestamp;
use crate::controllers::runtime::{Context, Controller, Enqueue};

/// Removes Jobs.
#[derive(Clone, Default)]
pub struct TtlController;

impl Controller for TtlController {
    fn name(&self) -> &'static str {
        "ttl-after-finished-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        if change.new.as_deref().and_then(Job::of).is_some_and(|job| expires(job).is_some()) {
            queue.now(change.key.clone());
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let job = context.api.store().get(key).and_then(|object| Job::of(object));
        let Some((job, at)) = job.and_then(|job| Some((job, expires(job)?))) else { return Ok(()) };
        if at.sim_time() > context.now {
            context.queue.after(key.clone(), at.sim_time().since(context.now));
            return Ok(());
        }
        let uid = Some(job.meta.uid.clone());
        context.api.delete(key, Options { uid, propagation: Propagation::Foreground, ..Options::default() })
    }
}

/// When the Job is to be removed.
fn expires(job: &Job) -> Option<Timestamp> {
    let ttl = job.spec.ttl_seconds_after_finished.filter(|_| !job.meta.is_terminating())?;
    Some(Timestamp(job.end()?.last_transition_time?.0 + i64::from(ttl)))
}
