//! The sync of a DaemonSet: remember the template, make and delete pods, roll, write the status.
//!
//! Models `pkg/controller/daemon/daemon_controller.go`.

use super::manage::{DaemonPod, Goes, decide, oldest_first};
use super::nodes::{Verdict, Wishes, bound_to, target, tolerant};
use super::rolling::{self, limits};
use super::status::calculate;
use super::{TEMPLATE_GENERATION, TEMPLATE_GENERATION_LABEL};
use crate::api::json::Json;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{ControllerRevision, DaemonSet, Node, Object, Pod, PodTemplate};
use crate::api::podhash::pod_template_hash;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Kept, Reason, Result, Status, Store};
use crate::base::Str;
use crate::base::pmap::PMap;
use crate::base::time::{Duration, SimTime, Timestamp};
use crate::controllers::owned;
use crate::controllers::replicaset::slow_start::slow_start;
use crate::controllers::replicaset::status::available_at;
use crate::controllers::revision::{self, HASH_LABEL};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use std::collections::BTreeMap;
use std::rc::Rc;

const SOURCE: Source = Source { component: "daemonset-controller", host: "", field_path: "" };
/// The most pods that one sync makes or deletes.
const BURST: usize = 250;
/// The first wait before another pod that failed is deleted from the same node; it doubles.
const BACK_OFF: Duration = Duration::from_secs(1);
/// The longest.
const BACK_OFF_MAX: Duration = Duration::from_secs(15 * 60);

/// Keeps a pod on every node.
#[derive(Clone, Default)]
pub struct DaemonSetController {
    /// By the set's uid and node: how long to wait after the failure at that time.
    back_off: PMap<(Str, Str), (Duration, SimTime)>,
}

impl Controller for DaemonSetController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        owned::observe(Kind::DAEMON_SET, change, store, queue);
        if change.key.kind == Kind::NODE && node_matters(change) {
            store.list(Kind::DAEMON_SET, "").for_each(|object| queue.now(object.key()));
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(set) = DaemonSet::of(&object) else { return Ok(()) };
        if set.spec.selector.match_labels.is_empty() && set.spec.selector.match_expressions.is_empty() {
            let message = "This daemon set is selecting all pods. A non-empty selector is required.";
            context.api.event(&object, SOURCE, EventType::Warning, "SelectingAll", message);
            return Ok(());
        }
        if set.meta.is_terminating() {
            return Ok(());
        }
        let (hash, old) = remember(set, context)?;
        let pods = owned::claim_pods(Kind::DAEMON_SET, &set.meta, &set.spec.selector, context)?;
        let view = View::of(set, &hash, &pods, context);
        let managed = self.manage(&object, set, &hash, &view, context);
        let result = match managed {
            Ok(true) => roll(&object, set, &hash, &view, context),
            other => other.map(|_| ()),
        };
        forget(set, &old, &pods, context)?;
        let status = calculate(set, view.nodes.values().map(|(verdict, pods)| (*verdict, pods.as_slice())));
        if status != set.status {
            context.api.update_status(DaemonSet { status, ..set.clone() })?;
        }
        if let Some(at) = view.next_available {
            context.queue.after(key.clone(), at.sim_time().since(context.now));
        }
        result
    }
}

/// Whether a change of a node can change what DaemonSets want of it.
fn node_matters(change: &Change) -> bool {
    let node = |object: &Option<Kept>| object.as_deref().and_then(Node::of).cloned();
    match (node(&change.old), node(&change.new)) {
        (Some(old), Some(new)) => old.meta.labels != new.meta.labels || old.spec.taints != new.spec.taints,
        _ => true,
    }
}

/// All nodes that the set wants or that have a pod of it, and what a sync has to know of the pods.
struct View {
    nodes: BTreeMap<Str, (Verdict, Vec<DaemonPod>)>,
    pods: BTreeMap<Str, Rc<Object>>,
    /// When the next pod will have been ready for long enough.
    next_available: Option<Timestamp>,
}

impl View {
    fn of(set: &DaemonSet, hash: &str, pods: &[Rc<Object>], context: &Context<'_>) -> View {
        let wishes = Wishes::of(&tolerant(&set.spec.template));
        let nodes = context.api.store().list(Kind::NODE, "").filter_map(|object| Node::of(object));
        let mut nodes: BTreeMap<Str, (Verdict, Vec<DaemonPod>)> =
            nodes.map(|node| (node.meta.name.clone(), (wishes.verdict(node), Vec::new()))).collect();
        let now = context.now.timestamp();
        let mut next_available = None;
        for pod in pods.iter().filter_map(|object| Pod::of(object)) {
            // A pod that has ended and is being deleted does not stand in its successor's way.
            if pod.is_terminal() && pod.meta.is_terminating() {
                continue;
            }
            let Some(name) = target(&pod.node_name, &pod.spec) else { continue };
            let available = available_at(pod, set.spec.min_ready_seconds);
            if let Some(at) = available.filter(|at| *at > now) {
                next_available = Some(next_available.map_or(at, |next: Timestamp| next.min(at)));
            }
            let gone = Verdict { should_run: false, may_stay: false };
            let entry = nodes.entry(name).or_insert((gone, Vec::new()));
            entry.1.push(DaemonPod {
                name: pod.meta.name.clone(),
                scheduled: !pod.node_name.is_empty(),
                created: pod.meta.creation_timestamp.unwrap_or_default(),
                phase: pod.status.phase,
                terminating: pod.meta.is_terminating(),
                ready: pod.is_ready(),
                available: available.is_some_and(|at| at <= now),
                new: is_new(set, pod, hash),
            });
        }
        nodes.values_mut().for_each(|(_, pods)| oldest_first(pods));
        let pods = pods.iter().map(|object| (object.meta().name.clone(), object.clone())).collect();
        View { nodes, pods, next_available }
    }

    fn delete(&self, set: &Object, name: &Str, context: &mut Context<'_>) -> Result<()> {
        match self.pods.get(name).and_then(|object| Pod::of(object)) {
            Some(pod) => owned::delete_pod(set, pod, SOURCE, context),
            None => Ok(()),
        }
    }
}

/// Models `IsPodUpdated` of `pkg/controller/daemon/util`.
fn is_new(set: &DaemonSet, pod: &Pod, hash: &str) -> bool {
    let generation = set.meta.annotations.get(TEMPLATE_GENERATION);
    let same_generation = generation.is_some() && pod.meta.labels.get(TEMPLATE_GENERATION_LABEL) == generation;
    same_generation || pod.meta.labels.get(HASH_LABEL).is_some_and(|label| **label == *hash)
}

impl DaemonSetController {
    /// Makes missing pods and deletes wrong ones. Says whether there was nothing to do.
    fn manage(
        &mut self,
        object: &Object,
        set: &DaemonSet,
        hash: &str,
        view: &View,
        context: &mut Context<'_>,
    ) -> Result<bool> {
        let surge = limits(&set.spec, i32::try_from(view.nodes.len()).unwrap_or(i32::MAX)).surge > 0;
        let (mut make, mut delete) = (Vec::new(), Vec::new());
        for (node, (verdict, pods)) in &view.nodes {
            let deeds = decide(*verdict, pods, surge);
            if deeds.make {
                make.push(node.clone());
            }
            for goes in deeds.delete {
                delete.extend(self.admit(object, set, node, goes, context));
            }
        }
        let idle = make.is_empty() && delete.is_empty();
        for name in delete.iter().take(BURST) {
            view.delete(object, name, context)?;
        }
        create(object, set, hash, &make, context)?;
        Ok(idle)
    }

    /// Tells why a pod goes, and says its name unless it has to wait.
    fn admit(
        &mut self,
        object: &Object,
        set: &DaemonSet,
        node: &Str,
        goes: Goes,
        context: &mut Context<'_>,
    ) -> Option<Str> {
        let namespace = &set.meta.namespace;
        match goes {
            Goes::Surplus(name) => Some(name),
            Goes::Succeeded(name) => {
                let message =
                    format!("Found succeeded daemon pod {namespace}/{name} on node {node}, will try to delete it");
                context.api.event(object, SOURCE, EventType::Normal, "SucceededDaemonPod", &message);
                Some(name)
            }
            Goes::Failed(name) => {
                let place = (set.meta.uid.clone(), node.clone());
                let known = self.back_off.get(&place).copied();
                let fresh = known.filter(|(_, since)| context.now.since(*since) <= BACK_OFF_MAX * 2);
                if let Some((wait, since)) = fresh
                    && context.now.since(since) < wait
                {
                    context.queue.after(object.key(), wait.saturating_sub(context.now.since(since)));
                    return None;
                }
                let wait = fresh.map_or(BACK_OFF, |(wait, _)| (wait * 2).min(BACK_OFF_MAX));
                self.back_off.insert(place, (wait, context.now));
                let message = format!("Found failed daemon pod {namespace}/{name} on node {node}, will try to kill it");
                context.api.event(object, SOURCE, EventType::Warning, "FailedDaemonPod", &message);
                Some(name)
            }
        }
    }
}

/// Replaces pods of an old template.
fn roll(object: &Object, set: &DaemonSet, hash: &str, view: &View, context: &mut Context<'_>) -> Result<()> {
    if !rolling::rolls(&set.spec) {
        return Ok(());
    }
    let wanted = view.nodes.values().filter(|(verdict, _)| verdict.should_run).count();
    let limits = limits(&set.spec, i32::try_from(wanted).unwrap_or(i32::MAX));
    let nodes = view.nodes.iter().filter(|(_, (verdict, pods))| verdict.should_run || !pods.is_empty());
    let step = rolling::step(nodes.map(|(name, (_, pods))| (name, pods.as_slice())), limits);
    for name in step.delete.iter().take(BURST) {
        view.delete(object, name, context)?;
    }
    create(object, set, hash, &step.surge, context)
}

/// Makes a pod for each of the nodes, at most a burst of them.
fn create(object: &Object, set: &DaemonSet, hash: &str, nodes: &[Str], context: &mut Context<'_>) -> Result<()> {
    if nodes.is_empty() {
        return Ok(());
    }
    let template: PodTemplate = tolerant(&set.spec.template);
    let mut prototype = owned::pod_of(&template, Kind::DAEMON_SET, &set.meta);
    if let Some(generation) = set.meta.annotations.get(TEMPLATE_GENERATION) {
        prototype.meta.labels.insert(TEMPLATE_GENERATION_LABEL, generation.clone());
    }
    prototype.meta.labels.insert(HASH_LABEL, hash);
    let mut left = nodes.iter();
    let (_, error) = slow_start(nodes.len().min(BURST), || {
        let Some(node) = left.next() else { return Ok(()) };
        let mut pod = prototype.clone();
        pod.spec = Rc::new(bound_to(&prototype.spec, node));
        owned::create_pod(object, pod, SOURCE, context)
    });
    if nodes.len() > BURST {
        context.queue.now(object.key());
    }
    error.map_or(Ok(()), Err)
}

/// Makes sure that the template is remembered under the highest number. Returns its hash and the other revisions.
///
/// Models `constructHistory`.
fn remember(set: &DaemonSet, context: &mut Context<'_>) -> Result<(Str, Vec<ControllerRevision>)> {
    let data = revision::patch(&set.spec.template);
    let (current, old): (Vec<_>, Vec<_>) = revision::list(&set.meta, context.api.store())
        .into_iter()
        .partition(|revision| revision.data.as_deref() == Some(&data));
    let number = old.iter().map(|revision| revision.revision).max().unwrap_or(0) + 1;
    let label = |revision: &ControllerRevision| revision.meta.labels.get(HASH_LABEL).cloned().unwrap_or_default();
    if let Some(mut current) = current.into_iter().next_back() {
        let hash = label(&current);
        if current.revision < number {
            current.revision = number;
            context.api.update(current)?;
        }
        return Ok((hash, old));
    }
    let collisions = set.status.collision_count.and_then(|count| u32::try_from(count).ok());
    let hash = Str::from(pod_template_hash(&set.spec.template.to_json(), collisions));
    let owner = (Kind::DAEMON_SET, &set.meta);
    let new = revision::build(owner, &set.spec.template, (HASH_LABEL, &hash), data, number);
    match context.api.create(new) {
        Ok(_) => Ok((hash, old)),
        Err(status) if status.reason == Reason::AlreadyExists => {
            let mut changed = set.clone();
            changed.status.collision_count = Some(set.status.collision_count.unwrap_or(0) + 1);
            context.api.update_status(changed)?;
            Err(status)
        }
        Err(status) => Err(status),
    }
}

/// Forgets the oldest templates beyond the limit of which there are no pods.
///
/// Models `cleanupHistory`.
fn forget(
    set: &DaemonSet,
    old: &[ControllerRevision],
    pods: &[Rc<Object>],
    context: &mut Context<'_>,
) -> std::result::Result<(), Status> {
    let limit = usize::try_from(set.spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
    let surplus = old.len().saturating_sub(limit);
    if surplus == 0 {
        return Ok(());
    }
    let live = |revision: &ControllerRevision| {
        let hash = revision.meta.labels.get(HASH_LABEL);
        hash.is_some() && pods.iter().any(|pod| pod.labels().get(HASH_LABEL) == hash)
    };
    revision::forget(old.iter(), surplus, live, context)
}
