//! Removes the pods of nodes that are gone.
//!
//! Models `gcOrphaned` of `pkg/controller/podgc/gc_controller.go`.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::api::objects::pod::PodPhase;
use crate::apiserver::{Change, Options, Result, Store};
use crate::base::time::Duration;
use crate::controllers::runtime::{Context, Controller, Enqueue};

/// How long a node must have been gone.
const QUARANTINE: Duration = Duration::from_secs(40);

/// The pod garbage collector.
#[derive(Clone, Default)]
pub struct PodGcController;

impl Controller for PodGcController {
    fn name(&self) -> &'static str {
        "pod-garbage-collector"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        if change.key.kind == Kind::NODE && change.new.is_none() {
            queue.after(change.key.clone(), QUARANTINE);
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        if context.api.store().get(key).is_some() {
            return Ok(());
        }
        let pods: Vec<_> = context.api.store().on_node(&key.name).cloned().collect();
        for object in pods {
            let Some(pod) = Pod::of(&object) else { continue };
            if !pod.is_terminal() {
                let why = "PodGC: node no longer exists";
                let mut failed = pod.clone();
                failed.mark_disrupted("DeletionByPodGC", why, context.now.timestamp());
                failed.status.phase = PodPhase::Failed;
                context.api.update_status(failed)?;
            }
            let options =
                Options { grace_period_seconds: Some(0), uid: Some(pod.meta.uid.clone()), ..Options::default() };
            context.api.delete(&object.key(), options)?;
        }
        Ok(())
    }
}
