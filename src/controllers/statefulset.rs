//! The StatefulSet controller: pods with names that stay, made in order and taken down in reverse.
//!
//! Volume claims are not made: there is no storage here. Models `pkg/controller/statefulset/stateful_set_control.go`.

use super::revision;
use super::workload::{Workload, observe};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::apiserver::events::Source;
use crate::apiserver::{Change, Result, Store};
use crate::base::time::Timestamp;
use crate::base::{Str, Value};
use crate::controllers::replicaset::status::available_at;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use serde_json::json;
use std::collections::BTreeMap;
use std::rc::Rc;

const SOURCE: Source = Source { component: "statefulset-controller", host: "", field_path: "" };
const HASH_LABEL: &str = "controller-revision-hash";

/// Keeps pods with stable names.
#[derive(Clone, Default)]
pub struct StatefulSetController;

impl Controller for StatefulSetController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        observe(Kind::STATEFUL_SET, change, queue);
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(set) = Workload::read(key, context.api.store()) else { return Ok(()) };
        if set.meta().is_terminating() {
            return Ok(());
        }
        let collisions = set.number("/status/collisionCount").unwrap_or(0);
        let hash = revision::hash(&revision::patch(&set), collisions);
        let objects = set.claim_pods(context)?;
        let pods: BTreeMap<i64, &Pod> = objects
            .iter()
            .filter_map(|object| Pod::of(object))
            .filter_map(|pod| Some((ordinal(&set, &pod.meta.name)?, pod)))
            .collect();
        let in_use = |revision: &revision::Revision| pods.values().any(|pod| is_of(pod, &revision.name));
        let update = revision::remember(&set, &hash, &in_use, context)?;
        let current = match set.field("/status/currentRevision").and_then(Value::as_str) {
            Some(current) if !current.is_empty() => Str::from(current),
            _ => update.clone(),
        };
        step(&set, &pods, &update, context)?;
        let status = status(&set, &pods, &current, &update, context.now.timestamp());
        set.write_status(status, context)
    }
}

/// The number at the end of the name of a pod of this set.
fn ordinal(set: &Workload, name: &str) -> Option<i64> {
    name.strip_prefix(&*set.meta().name)?.strip_prefix('-')?.parse().ok()
}

fn is_of(pod: &Pod, revision: &str) -> bool {
    pod.meta.labels.get(HASH_LABEL).is_some_and(|label| **label == *revision)
}

fn replicas(set: &Workload) -> i64 {
    set.number("/spec/replicas").unwrap_or(1)
}

/// Whether a pod is on its feet, so that the next one may come.
fn is_healthy(pod: &Pod) -> bool {
    pod.is_ready() && !pod.meta.is_terminating()
}

/// Does what can be done now. In order, one at a time, unless the pods are managed in parallel.
fn step(set: &Workload, pods: &BTreeMap<i64, &Pod>, update: &Str, context: &mut Context<'_>) -> Result<()> {
    let parallel = set.field("/spec/podManagementPolicy").and_then(Value::as_str) == Some("Parallel");
    let start = set.number("/spec/ordinals/start").unwrap_or(0);
    let wanted = start..start + replicas(set);
    for number in wanted.clone() {
        match pods.get(&number) {
            None => set.create_pod(new_pod(set, number, update), SOURCE, context)?,
            Some(pod) if pod.is_terminal() && !pod.meta.is_terminating() => set.delete_pod(pod, SOURCE, context)?,
            Some(pod) if is_healthy(pod) => continue,
            Some(_) => {}
        }
        if !parallel {
            return Ok(());
        }
    }
    for (_, pod) in pods.iter().rev().filter(|(number, _)| !wanted.contains(number)) {
        if !pod.meta.is_terminating() {
            set.delete_pod(pod, SOURCE, context)?;
        }
        if !parallel {
            return Ok(());
        }
    }
    if set.field("/spec/updateStrategy/type").and_then(Value::as_str) == Some("OnDelete") {
        return Ok(());
    }
    let partition = set.number("/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    for number in wanted.rev().filter(|number| *number >= partition) {
        match pods.get(&number) {
            Some(pod) if !is_of(pod, update) && !pod.meta.is_terminating() => {
                return set.delete_pod(pod, SOURCE, context);
            }
            Some(pod) if is_healthy(pod) => {}
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// A pod with its number. Its name is its host name, under the Service of the set.
///
/// Models `newStatefulSetPod`.
fn new_pod(set: &Workload, number: i64, revision: &Str) -> Pod {
    let mut pod = set.new_pod();
    let name = Str::from(format!("{}-{number}", set.meta().name));
    pod.meta.generate_name = format!("{}-", set.meta().name).into();
    pod.meta.name = name.clone();
    pod.meta.labels.insert("statefulset.kubernetes.io/pod-name", name.clone());
    pod.meta.labels.insert("apps.kubernetes.io/pod-index", number.to_string().as_str());
    pod.meta.labels.insert(HASH_LABEL, revision.clone());
    let mut spec = (*pod.spec).clone();
    spec.hostname = name;
    spec.subdomain = set.field("/spec/serviceName").and_then(Value::as_str).unwrap_or_default().into();
    pod.spec = Rc::new(spec);
    pod
}

fn status(set: &Workload, pods: &BTreeMap<i64, &Pod>, current: &Str, update: &Str, now: Timestamp) -> Value {
    let min_ready = set.number("/spec/minReadySeconds").and_then(|n| i32::try_from(n).ok()).unwrap_or(0);
    let count = |test: &dyn Fn(&Pod) -> bool| pods.values().filter(|pod| test(pod)).count();
    let of = |revision: &Str| count(&|pod| is_of(pod, revision) && !pod.meta.is_terminating());
    let all = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    let updated = of(update);
    let complete = all == replicas(set)
        && i64::try_from(updated).is_ok_and(|updated| updated == all)
        && pods.values().all(|pod| is_healthy(pod));
    let current = if complete { update } else { current };
    let mut status = json!({
        "observedGeneration": set.meta().generation,
        "replicas": pods.len(),
        "availableReplicas": count(&|pod| available_at(pod, min_ready).is_some_and(|at| at <= now)),
        "currentRevision": **current,
        "updateRevision": **update,
        "collisionCount": set.number("/status/collisionCount").unwrap_or(0),
    });
    for (field, number) in [
        ("readyReplicas", count(&|pod| pod.is_ready())),
        ("currentReplicas", of(current)),
        ("updatedReplicas", updated),
    ] {
        if number > 0 {
            status[field] = number.into();
        }
    }
    status
}
