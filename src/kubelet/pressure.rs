//! Evictions by a node whose disk is full.
//!
//! Models `pkg/kubelet/eviction/eviction_manager.go` and `helpers.go`: every ten seconds one pod goes, until there is room again. Here
//! the room is taken by something outside of all pods, so that no eviction makes any.

use super::run::State;
use super::sync::Kubelet;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Pod;
use crate::api::quantity::Quantity;
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Result, Store};
use crate::base::Str;
use crate::base::time::Duration;
use crate::controllers::runtime::Context;
use std::rc::Rc;

/// How often the kubelet looks (`monitoringInterval`).
const EACH: Duration = Duration::from_secs(10);
/// How long a node that was short of something counts as short of it (`--eviction-pressure-transition-period`).
pub(super) const TRANSITION: Duration = Duration::from_secs(300);
/// A tenth of the disk, and what is left of it (`nodefs.available<10%`).
const THRESHOLD: &str = "Threshold quantity: 10737418240, available: 5242880Ki. ";
/// What a container has written: nothing but its log.
const WRITTEN_KIB: i64 = 24;
/// Pods at least this important stay (`SystemCriticalPriority`).
const CRITICAL: i32 = 2_000_000_000;

/// The reason of the pod's status.
pub(super) const EVICTED: &str = "Evicted";

impl Kubelet {
    /// Evicts the pod that is worth least, if the node's disk is full, and looks again later.
    pub(super) fn relieve(&mut self, node: &Key, context: &mut Context<'_>) -> Result<()> {
        if let Some(until) = self.faults().short_until(&node.name).filter(|until| *until > context.now) {
            context.queue.after(node.clone(), until.since(context.now));
        }
        if !self.faults().has_no_room(&node.name) {
            return Ok(());
        }
        let Some(key) = self.victim(&node.name, context.api.store()) else { return Ok(()) };
        context.queue.after(node.clone(), EACH);
        self.evict(&key, context)
    }

    /// The least important pod of those that can go.
    ///
    /// Models `rankDiskPressureFunc`: all of them have written as much, so that priority decides.
    fn victim(&self, node: &Str, store: &Store) -> Option<Key> {
        let pods = store.on_node(node).filter_map(|object| Pod::of(object));
        let evictable = pods.filter(|pod| {
            let stopping = self.run_of(&pod.meta.uid).is_none_or(|run| run.stopping.is_some());
            pod.is_active() && !stopping && pod.spec.priority.unwrap_or(0) < CRITICAL
        });
        let worth = |pod: &&Pod| (pod.spec.priority.unwrap_or(0), pod.meta.creation_timestamp, pod.meta.name.clone());
        let least = evictable.min_by_key(worth)?;
        Some(Key::new(Kind::POD, least.meta.namespace.clone(), least.meta.name.clone()))
    }

    fn evict(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(pod) = Pod::of(&object) else { return Ok(()) };
        let Some(run) = self.run_of(&pod.meta.uid) else { return Ok(()) };
        let message = message(pod);
        let mut run = run.clone();
        run.evicted = Some(message.as_str().into());
        run.stopping = Some(context.now);
        for container in &mut run.containers {
            match &mut container.state {
                State::Running { end, .. } => *end = Some((context.now, 137)),
                State::Ended { restart, .. } => *restart = None,
                state => *state = State::Waiting,
            }
        }
        self.pods.insert(pod.meta.uid.clone(), Rc::new(run));
        let source = Source { component: "kubelet", host: &pod.node_name, field_path: "" };
        context.api.event(&object, source, EventType::Warning, EVICTED, &message);
        context.queue.now(key.clone());
        Ok(())
    }
}

/// Models `evictionMessage` of `helpers.go`.
fn message(pod: &Pod) -> String {
    let mut text = format!("The node was low on resource: ephemeral-storage. {THRESHOLD}");
    for container in &pod.spec.containers {
        let request = container.resources.requests.get("ephemeral-storage");
        let bytes = request.and_then(|text| Quantity::parse(text).ok()).map_or(0, Quantity::value);
        if WRITTEN_KIB * 1024 > bytes {
            let asked = request.map_or("0", |text| text);
            text.push_str(&format!(
                "Container {} was using {WRITTEN_KIB}Ki, request is {asked}, has larger consumption of ephemeral-storage. ",
                container.name
            ));
        }
    }
    text
}
