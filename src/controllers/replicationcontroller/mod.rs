//! The ReplicationController controller: as many pods as wanted, by plain labels; what ReplicaSets were before.
//!
//! Upstream runs the ReplicaSet controller on it through a conversion, and so does this: a ReplicationController is turned
//! into a ReplicaSet, whose arithmetic decides. Models `pkg/controller/replication`.

use crate::api::json::Rest;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::policy::ReplicationControllerStatus;
use crate::api::objects::workload::{ReplicaSetSpec, ReplicaSetStatus};
use crate::api::objects::{Object, Pod, ReplicaSet, ReplicationController};
use crate::apiserver::events::Source;
use crate::apiserver::{Change, Result, Status, Store};
use crate::controllers::owned;
use crate::controllers::replicaset::slow_start::{BURST, slow_start};
use crate::controllers::replicaset::status::calculate;
use crate::controllers::replicaset::tally::{Numbers, Tally};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::rc::Rc;

const SOURCE: Source = Source { component: "replication-controller", host: "", field_path: "" };

/// Keeps as many pods as a ReplicationController wants.
#[derive(Clone, Default)]
pub struct ReplicationControllerController;

impl Controller for ReplicationControllerController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        owned::observe(Kind::REPLICATION_CONTROLLER, change, store, queue);
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(rc) = ReplicationController::of(&object) else { return Ok(()) };
        let rs = as_replica_set(rc);
        let claimed = owned::claim_pods(Kind::REPLICATION_CONTROLLER, &rc.meta, &rs.spec.selector, context)?;
        let pods: Vec<&Pod> =
            claimed.iter().filter_map(|object| Pod::of(object)).filter(|pod| pod.is_active()).collect();
        let outcome = if rc.meta.is_terminating() { Ok(()) } else { manage(&object, rc, &rs, &pods, context) };
        let failure = outcome.as_ref().err().map(|(reason, status)| (*reason, status.message.clone()));
        let now = context.now.timestamp();
        let tally = tally(&rs, &pods);
        let status = status_of(rc, calculate(&rs, &tally, failure, now));
        if status != rc.status {
            context.api.update_status(ReplicationController { status, ..rc.clone() })?;
        }
        if let Some(at) = tally.next_available(rc.spec.min_ready_seconds, now) {
            context.queue.after(key.clone(), at.sim_time().since(context.now));
        }
        outcome.map_err(|(_, status)| status)
    }
}

/// Models `convertRCtoRS` of `pkg/controller/replication/conversion.go`.
fn as_replica_set(rc: &ReplicationController) -> ReplicaSet {
    ReplicaSet {
        meta: rc.meta.clone(),
        spec: ReplicaSetSpec {
            replicas: rc.spec.replicas,
            min_ready_seconds: rc.spec.min_ready_seconds,
            selector: Rc::new(rc.label_selector()),
            template: rc.spec.template.clone(),
            rest: Rest::default(),
        },
        status: ReplicaSetStatus { conditions: rc.status.conditions.clone(), ..ReplicaSetStatus::default() },
        rest: Rest::default(),
    }
}

fn status_of(rc: &ReplicationController, status: ReplicaSetStatus) -> ReplicationControllerStatus {
    ReplicationControllerStatus {
        replicas: status.replicas,
        fully_labeled_replicas: status.fully_labeled_replicas,
        ready_replicas: status.ready_replicas,
        available_replicas: status.available_replicas,
        observed_generation: status.observed_generation,
        conditions: status.conditions,
        rest: rc.status.rest.clone(),
    }
}

/// The pods, counted, each by its place.
fn tally(rs: &ReplicaSet, pods: &[&Pod]) -> Tally {
    Tally::of(rs, (0..).zip(pods.iter().copied()), &mut Numbers::default())
}

/// Makes or deletes pods, at most a burst of them.
fn manage(
    object: &Object,
    rc: &ReplicationController,
    rs: &ReplicaSet,
    pods: &[&Pod],
    context: &mut Context<'_>,
) -> std::result::Result<(), (&'static str, Status)> {
    let wanted = usize::try_from(rc.spec.replicas).unwrap_or(0);
    if pods.len().abs_diff(wanted) > BURST {
        context.queue.now(object.key());
    }
    if pods.len() < wanted {
        let pod = owned::pod_of(&rc.spec.template, Kind::REPLICATION_CONTROLLER, &rc.meta);
        let missing = (wanted - pods.len()).min(BURST);
        let (_, error) = slow_start(missing, || owned::create_pod(object, pod.clone(), SOURCE, context));
        return error.map_or(Ok(()), |status| Err(("FailedCreate", status)));
    }
    let surplus = (pods.len() - wanted).min(BURST);
    let tally = tally(rs, pods);
    let gone = tally.surplus(surplus, &[&tally], context.now).into_iter();
    let gone = gone.filter_map(|(place, ..)| pods.get(usize::try_from(place).ok()?));
    let deleted = gone.into_iter().try_for_each(|pod| owned::delete_pod(object, pod, SOURCE, context));
    deleted.map_err(|status| ("FailedDelete", status))
}
