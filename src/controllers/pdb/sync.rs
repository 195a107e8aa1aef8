//! The sync of a PodDisruptionBudget.
//!
//! Models `pkg/controller/disruption/disruption.go`.

use super::budget::{allowed, expectation, needs_scale};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::policy::PodDisruptionBudgetStatus;
use crate::api::objects::{Object, Pod, PodDisruptionBudget};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::Str;
use crate::base::time::Timestamp;
use crate::controllers::owned::COALESCE;
use crate::controllers::replicaset::sync::spec_changed;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: Source = Source { component: "controllermanager", host: "", field_path: "" };
/// Seconds after which an eviction that was allowed and did not happen is forgotten.
const EVICTION_TIMEOUT: i64 = 120;

/// Counts healthy pods for budgets.
#[derive(Clone, Default)]
pub struct DisruptionController;

impl Controller for DisruptionController {
    fn name(&self) -> &'static str {
        "disruption-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        let all_for = |object: &Object| {
            for budget in store.selecting(Kind::POD_DISRUPTION_BUDGET, &change.key.namespace, object.labels()) {
                queue.after(budget.key(), COALESCE);
            }
        };
        match change.key.kind {
            Kind::POD => {
                let seen = |object: &Object| {
                    Pod::of(object).map(|pod| (pod.is_ready(), pod.meta.is_terminating(), pod.meta.labels.clone()))
                };
                let (old, new) = (change.old.as_deref(), change.new.as_deref());
                if old.and_then(seen) != new.and_then(seen) {
                    old.into_iter().chain(new).for_each(all_for);
                }
            }
            // The scale of an owner matters to the budgets of its pods, which carry the template's labels.
            Kind::REPLICA_SET | Kind::DEPLOYMENT | Kind::STATEFUL_SET | Kind::REPLICATION_CONTROLLER => {
                let scale = |object: &Object| replicas(object);
                if change.old.as_deref().and_then(scale) != change.new.as_deref().and_then(scale) {
                    let labels = change.object().and_then(|object| template_labels(object));
                    if let Some(labels) = labels {
                        for budget in store.selecting(Kind::POD_DISRUPTION_BUDGET, &change.key.namespace, &labels) {
                            queue.after(budget.key(), COALESCE);
                        }
                    }
                }
            }
            Kind::POD_DISRUPTION_BUDGET if spec_changed(change) => queue.now(change.key.clone()),
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(budget) = PodDisruptionBudget::of(&object).filter(|budget| !budget.meta.is_terminating()) else {
            return Ok(());
        };
        let store = context.api.store();
        let selected = budget.spec.selector.as_deref().map(|selector| store.matching_pods(&key.namespace, selector));
        let pods: Vec<&Pod> = selected.into_iter().flatten().filter_map(|object| Pod::of(object)).collect();
        let scale = if needs_scale(&budget.spec) { scale_of(&pods, store) } else { Some(0) };
        let now = context.now.timestamp();
        let alone = pods.is_empty();
        let status = status(budget, &pods, scale.unwrap_or(0), now);
        if alone {
            context.api.event(&object, SOURCE, EventType::Normal, "NoPods", "No matching pods found");
        }
        if scale.is_none() {
            let selector = budget.spec.selector.as_deref().map(ToString::to_string).unwrap_or_default();
            let message = format!(
                "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a \
                 result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. \
                 To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
            );
            context.api.event(&object, SOURCE, EventType::Warning, "UnmanagedPods", &message);
        }
        if let Some(oldest) = status.disrupted_pods.values().min() {
            let forgotten = Timestamp(oldest.0 + EVICTION_TIMEOUT);
            context.queue.after(key.clone(), forgotten.sim_time().since(context.now));
        }
        if status != budget.status {
            context.api.update_status(PodDisruptionBudget { status, ..budget.clone() })?;
        }
        Ok(())
    }
}

fn replicas(object: &Object) -> Option<i32> {
    Some(match object {
        Object::ReplicaSet(rs) => rs.spec.replicas,
        Object::Deployment(deployment) => deployment.spec.replicas,
        Object::StatefulSet(set) => set.spec.replicas,
        Object::ReplicationController(rc) => rc.spec.replicas,
        _ => return None,
    })
}

fn template_labels(object: &Object) -> Option<crate::api::meta::Labels> {
    Some(match object {
        Object::ReplicaSet(rs) => rs.spec.template.labels().clone(),
        Object::Deployment(deployment) => deployment.spec.template.labels().clone(),
        Object::StatefulSet(set) => set.spec.template.labels().clone(),
        Object::ReplicationController(rc) => rc.spec.template.labels().clone(),
        _ => return None,
    })
}

/// How many pods their owners want together: a ReplicaSet's Deployment speaks for it. `None` when a pod has no such owner.
///
/// Models `getExpectedScale` and its finders.
fn scale_of(pods: &[&Pod], store: &Store) -> Option<i32> {
    let mut seen: BTreeSet<Str> = BTreeSet::new();
    let mut sum = 0_i32;
    let mut all_managed = true;
    for pod in pods {
        let owner = pod.meta.controller().and_then(|owner| store.by_uid(&owner.uid));
        let above = owner.filter(|owner| owner.kind() == Kind::REPLICA_SET).and_then(|owner| {
            store.by_uid(&owner.meta().controller()?.uid).filter(|above| above.kind() == Kind::DEPLOYMENT)
        });
        match above.or(owner).and_then(|owner| Some((owner, replicas(owner)?))) {
            Some((owner, replicas)) if seen.insert(owner.meta().uid.clone()) => sum = sum.saturating_add(replicas),
            Some(_) => {}
            None => all_managed = false,
        }
    }
    (all_managed || sum > 0).then_some(sum)
}

fn status(budget: &PodDisruptionBudget, pods: &[&Pod], scale: i32, now: Timestamp) -> PodDisruptionBudgetStatus {
    let disrupted: BTreeMap<Str, Timestamp> = budget
        .status
        .disrupted_pods
        .iter()
        .filter(|(name, at)| {
            let there = pods.iter().any(|pod| pod.meta.name == **name && !pod.meta.is_terminating());
            there && at.0 + EVICTION_TIMEOUT > now.0
        })
        .map(|(name, at)| (name.clone(), *at))
        .collect();
    let healthy = pods
        .iter()
        .filter(|pod| !pod.meta.is_terminating() && pod.is_ready() && !disrupted.contains_key(&pod.meta.name))
        .count();
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let expectation = expectation(&budget.spec, count(pods.len()), scale);
    let mut status = PodDisruptionBudgetStatus {
        observed_generation: budget.meta.generation,
        disrupted_pods: disrupted,
        current_healthy: count(healthy),
        desired_healthy: expectation.healthy,
        expected_pods: expectation.pods,
        ..budget.status.clone()
    };
    status.allow(allowed(expectation, count(healthy)), budget.meta.generation, now);
    status
}
