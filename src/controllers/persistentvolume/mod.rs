//! The binder of volumes: a claim gets a volume that fits, or one that is made for it by its class.
//!
//! [`claims`] decides about claims, [`volumes`] about volumes, [`provision`] makes new ones, [`fit`] says which fit.
//! Claims of a class that waits for the first consumer are given to volumes by the scheduler (`scheduler::volumes`), with
//! [`bind::reserve`]; this controller finishes the binding. There is no disk behind a volume.
//!
//! Models `pkg/controller/volume/persistentvolume/pv_controller.go`.

pub mod bind;
mod claims;
pub mod class;
pub mod fit;
mod protection;
mod provision;
mod volumes;

use self::fit::text;
use crate::api::kinds::{Key, Kind};
use crate::apiserver::events::Source;
use crate::apiserver::{Change, Result, Store};
use crate::base::Value;
use crate::base::time::{Duration, SimTime};
use crate::controllers::runtime::{Context, Controller, Enqueue};

const SOURCE: Source = Source { component: "persistentvolume-controller", host: "", field_path: "" };

/// How often claims that wait are looked at (`--pvclaimbinder-sync-period`).
const RESYNC: i64 = 15;

/// Binds claims and volumes.
#[derive(Clone, Default)]
pub struct PersistentVolumeController;

impl Controller for PersistentVolumeController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        let either = || change.new.as_deref().or(change.old.as_deref()).map(|object| object.to_value());
        match change.key.kind {
            Kind::PERSISTENT_VOLUME_CLAIM => {
                queue.now(change.key.clone());
                let Some(claim) = either().filter(|_| change.new.is_none()) else { return };
                let volume = text(&claim, "/spec/volumeName");
                if !volume.is_empty() {
                    queue.now(Key::new(Kind::PERSISTENT_VOLUME, "", volume));
                }
            }
            Kind::PERSISTENT_VOLUME => {
                queue.now(change.key.clone());
                // Who is named in a volume hears of it.
                if let Some(reference) = either().as_ref().and_then(|volume| volume.pointer("/spec/claimRef")) {
                    let (namespace, name) = (text(reference, "/namespace"), text(reference, "/name"));
                    queue.now(Key::new(Kind::PERSISTENT_VOLUME_CLAIM, namespace, name));
                }
            }
            Kind::POD => protection::observe(change, store, queue),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let value = object.to_value();
        match key.kind {
            Kind::PERSISTENT_VOLUME if object.meta().is_terminating() => protection::volume(&object, &value, context),
            Kind::PERSISTENT_VOLUME => volumes::sync(&object, &value, context),
            _ if object.meta().is_terminating() => protection::claim(&object, context),
            _ if bind::is_completed(&value) => claims::bound(&object, value, context),
            _ => claims::unbound(&object, value, context),
        }
    }
}

/// How long it is until all that waits is looked at again.
fn until_resync(now: SimTime) -> Duration {
    let into = now.timestamp().0.rem_euclid(RESYNC);
    Duration::from_secs(u64::try_from(RESYNC - into).unwrap_or(1))
}

/// An annotation of an object.
pub(crate) fn annotation<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.pointer("/metadata/annotations")?.get(name)?.as_str()
}
