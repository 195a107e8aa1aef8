//! The DaemonSet controller: one pod on every node that can take it.
//!
//! Models `pkg/controller/daemon`.

use super::revision;
use super::workload::{Workload, observe};
use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::Toleration as PodToleration;
use crate::api::objects::{Node, Pod, PodSpec};
use crate::api::podhash::pod_template_hash;
use crate::apiserver::events::Source;
use crate::apiserver::{Change, Result, Store};
use crate::base::time::Timestamp;
use crate::base::{Str, Value};
use crate::controllers::deployment::fenceposts::{Fenceposts, Limit};
use crate::controllers::replicaset::status::available_at;
use crate::controllers::runtime::{Context, Controller, Enqueue};
use serde_json::json;
use std::collections::BTreeMap;
use std::rc::Rc;

const SOURCE: Source = Source { component: "daemonset-controller", host: "", field_path: "" };
const HASH_LABEL: &str = "controller-revision-hash";

/// Keeps a pod on every node.
#[derive(Clone, Default)]
pub struct DaemonSetController;

impl Controller for DaemonSetController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        observe(Kind::DAEMON_SET, change, queue);
        if change.key.kind == Kind::NODE {
            store.list(Kind::DAEMON_SET, "").for_each(|object| queue.now(object.key()));
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(set) = Workload::read(key, context.api.store()) else { return Ok(()) };
        if set.meta().is_terminating() {
            return Ok(());
        }
        let collisions = set.number("/status/collisionCount").and_then(|count| u32::try_from(count).ok());
        let hash = pod_template_hash(set.field("/spec/template").unwrap_or(&Value::Null), collisions);
        let objects = set.claim_pods(context)?;
        let pods: Vec<&Pod> = objects.iter().filter_map(|object| Pod::of(object)).collect();
        let in_use = |revision: &revision::Revision| {
            let hash = revision.name.rsplit('-').next().unwrap_or_default();
            pods.iter().any(|pod| pod.meta.labels.get(HASH_LABEL).is_some_and(|label| **label == *hash))
        };
        revision::remember(&set, &hash, &in_use, context)?;
        let nodes = eligible(&set, context.api.store());
        let mut by_node: BTreeMap<Str, Vec<&Pod>> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !pod.is_terminal()) {
            by_node.entry(target(pod)).or_default().push(pod);
        }
        manage(&set, &hash, &nodes, &pods, &by_node, context)?;
        roll(&set, &hash, &nodes, &by_node, context)?;
        let status = status(&set, &hash, &nodes, &by_node, context.now.timestamp());
        set.write_status(status, context)
    }
}

/// The node that a pod is on, or is meant for.
fn target(pod: &Pod) -> Str {
    if !pod.node_name.is_empty() {
        return pod.node_name.clone();
    }
    let pointer =
        "/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0";
    let name = pod.spec.affinity.as_ref().and_then(|affinity| affinity.pointer(pointer)).and_then(Value::as_str);
    name.unwrap_or_default().into()
}

/// The nodes that should have a pod: their labels match, and the pod bears their taints.
///
/// Models `nodeShouldRunDaemonPod`.
fn eligible(set: &Workload, store: &Store) -> Vec<Str> {
    let spec = &set.template.spec;
    let tolerates = |node: &Node| {
        let borne = |taint: &&crate::api::objects::cluster::Taint| {
            let matches = |toleration: &PodToleration| {
                (toleration.key.is_empty() || toleration.key == taint.key)
                    && (&*toleration.operator == "Exists" || toleration.value == taint.value)
                    && (toleration.effect.is_empty() || toleration.effect == taint.effect)
            };
            &*taint.effect == "PreferNoSchedule"
                || taint.key.starts_with("node.kubernetes.io/")
                || spec.tolerations.iter().any(matches)
        };
        node.spec.taints.iter().all(|taint| borne(&taint))
    };
    let selected = |node: &Node| spec.node_selector.iter().all(|(key, value)| node.meta.labels.get(key) == Some(value));
    let nodes = store.list(Kind::NODE, "").filter_map(|object| Node::of(object));
    nodes.filter(|node| selected(node) && tolerates(node)).map(|node| node.meta.name.clone()).collect()
}

/// Makes missing pods, deletes those on wrong nodes and those that have ended.
fn manage(
    set: &Workload,
    hash: &str,
    nodes: &[Str],
    pods: &[&Pod],
    by_node: &BTreeMap<Str, Vec<&Pod>>,
    context: &mut Context<'_>,
) -> Result<()> {
    for pod in pods.iter().filter(|pod| pod.is_terminal() && !pod.meta.is_terminating()) {
        set.delete_pod(pod, SOURCE, context)?;
    }
    for (node, pods) in by_node {
        let keep = usize::from(nodes.contains(node));
        for pod in pods.iter().filter(|pod| !pod.meta.is_terminating()).skip(keep) {
            set.delete_pod(pod, SOURCE, context)?;
        }
    }
    for node in nodes.iter().filter(|node| !by_node.contains_key(*node)) {
        let mut pod = set.new_pod();
        pod.meta.labels.insert(HASH_LABEL, hash);
        pod.meta.labels.insert("pod-template-generation", template_generation(set).as_str());
        pod.spec = Rc::new(bound_to(&pod.spec, node));
        set.create_pod(pod, SOURCE, context)?;
    }
    Ok(())
}

fn template_generation(set: &Workload) -> String {
    let annotation = set.meta().annotations.get("deprecated.daemonset.template.generation");
    annotation.map_or_else(|| set.meta().generation.to_string(), ToString::to_string)
}

/// The spec for one node: bound to it by affinity, and tolerant of what ails nodes.
///
/// Models `ReplaceDaemonSetPodNodeNameNodeAffinity` and `AddOrUpdateDaemonPodTolerations` of `pkg/controller/daemon/util`.
fn bound_to(spec: &PodSpec, node: &Str) -> PodSpec {
    let mut spec = spec.clone();
    let term = json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [**node]}]}]);
    let mut affinity = spec.affinity.take().unwrap_or_else(|| json!({}));
    affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!({"nodeSelectorTerms": term});
    spec.affinity = Some(affinity);
    for (key, effect) in [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ] {
        spec.tolerations.retain(|present| !(&*present.key == key && &*present.effect == effect));
        let toleration = json!({"key": key, "operator": "Exists", "effect": effect});
        spec.tolerations.extend(PodToleration::from_json(toleration));
    }
    spec
}

/// Deletes old pods, as many as may be missing at a time; their successors are made when they are gone.
///
/// Models `rollingUpdate` of `pkg/controller/daemon/update.go`.
fn roll(
    set: &Workload,
    hash: &str,
    nodes: &[Str],
    by_node: &BTreeMap<Str, Vec<&Pod>>,
    context: &mut Context<'_>,
) -> Result<()> {
    if set.field("/spec/updateStrategy/type").and_then(Value::as_str) == Some("OnDelete") {
        return Ok(());
    }
    let limit = match set.field("/spec/updateStrategy/rollingUpdate/maxUnavailable") {
        Some(Value::String(text)) => Limit::parse(text),
        Some(Value::Number(number)) => Limit::Count(number.as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or(1)),
        _ => Limit::Count(1),
    };
    let wanted = i32::try_from(nodes.len()).unwrap_or(i32::MAX);
    let allowed = Fenceposts::resolve(Limit::Count(0), limit, wanted).unavailable;
    let (mut missing, mut old_ready) = (0, Vec::new());
    for node in nodes {
        let mut alive = by_node.get(node).into_iter().flatten().filter(|pod| !pod.meta.is_terminating());
        match alive.next() {
            Some(pod) if is_new(pod, hash) => missing += i32::from(!pod.is_ready()),
            // One that does not serve anyway can go at once.
            Some(pod) if !pod.is_ready() => {
                missing += 1;
                set.delete_pod(pod, SOURCE, context)?;
            }
            Some(pod) => old_ready.push(*pod),
            None => missing += 1,
        }
    }
    let room = usize::try_from(allowed - missing).unwrap_or(0);
    old_ready.into_iter().take(room).try_for_each(|pod| set.delete_pod(pod, SOURCE, context))
}

fn is_new(pod: &Pod, hash: &str) -> bool {
    pod.meta.labels.get(HASH_LABEL).is_some_and(|label| **label == *hash)
}

fn status(set: &Workload, hash: &str, nodes: &[Str], by_node: &BTreeMap<Str, Vec<&Pod>>, now: Timestamp) -> Value {
    let min_ready = set.number("/spec/minReadySeconds").and_then(|n| i32::try_from(n).ok()).unwrap_or(0);
    let on_nodes: Vec<&&Pod> = nodes.iter().filter_map(|node| by_node.get(node)?.first()).collect();
    let count = |test: &dyn Fn(&Pod) -> bool| on_nodes.iter().filter(|pod| test(pod)).count();
    let available = count(&|pod| available_at(pod, min_ready).is_some_and(|at| at <= now));
    let misscheduled = by_node.keys().filter(|node| !nodes.contains(node)).count();
    let mut status = json!({
        "currentNumberScheduled": on_nodes.len(),
        "desiredNumberScheduled": nodes.len(),
        "numberMisscheduled": misscheduled,
        "numberReady": count(&|pod| pod.is_ready()),
        "observedGeneration": set.meta().generation,
    });
    for (field, number) in [
        ("updatedNumberScheduled", count(&|pod| is_new(pod, hash))),
        ("numberAvailable", available),
        ("numberUnavailable", nodes.len() - available.min(nodes.len())),
    ] {
        if number > 0 {
            status[field] = number.into();
        }
    }
    status
}
