//! Marks nodes whose kubelet fell silent, and keeps taints true to conditions.
//!
//! Models `pkg/controller/nodelifecycle/node_lifecycle_controller.go`. A heartbeat that comes changes nothing, so none is
//! simulated: the controller is told when they stop and when they come again.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::cluster::{NodeCondition, Taint};
use crate::api::objects::pod::ConditionStatus;
use crate::api::objects::{Node, Object, Pod};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Result, Store};
use crate::base::Str;
use crate::base::pmap::PMap;
use crate::base::time::{Duration, SimTime, Timestamp};
use crate::controllers::runtime::{Context, Controller, Enqueue};

/// Silence after which a node counts as not ready (`--node-monitor-grace-period`).
pub const GRACE: Duration = Duration::from_secs(50);

const SOURCE: Source<'_> = Source { component: "node-controller", host: "", field_path: "" };

/// Conditions that become unknown with the kubelet's silence.
const KUBELETS: [&str; 4] = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"];

/// Which condition with which status is which taint.
const TAINTS: [(&str, ConditionStatus, &str); 6] = [
    ("Ready", ConditionStatus::False, "node.kubernetes.io/not-ready"),
    ("Ready", ConditionStatus::Unknown, "node.kubernetes.io/unreachable"),
    ("MemoryPressure", ConditionStatus::True, "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", ConditionStatus::True, "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", ConditionStatus::True, "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", ConditionStatus::True, "node.kubernetes.io/pid-pressure"),
];
/// The taint of a cordoned node.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The node lifecycle controller.
#[derive(Clone, Default)]
pub struct NodeLifecycleController {
    /// Nodes from which no heartbeat comes, since when.
    silent: PMap<Str, SimTime>,
}

impl NodeLifecycleController {
    /// No more heartbeats come from a node.
    pub fn fell_silent(&mut self, node: &Str, now: SimTime, queue: &mut Enqueue) {
        if !self.silent.contains_key(node) {
            self.silent.insert(node.clone(), now);
            queue.after(Key::new(Kind::NODE, "", node.clone()), GRACE);
        }
    }

    /// Heartbeats come again.
    pub fn is_heard(&mut self, node: &Str) {
        self.silent.remove(node);
    }
}

impl Controller for NodeLifecycleController {
    fn name(&self) -> &'static str {
        "node-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        if change.key.kind != Kind::NODE {
            return;
        }
        let Some(new) = change.new.as_deref().and_then(Node::of) else {
            self.silent.remove(&change.key.name);
            return;
        };
        if wanted_taints(new, Timestamp(0)).is_some() {
            queue.now(change.key.clone());
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let now = context.now.timestamp();
        let Some(mut object) = context.api.store().get(key).cloned() else { return Ok(()) };
        if let Some(since) = self.silent.get(&key.name) {
            let overdue = since.after(GRACE);
            if context.now < overdue {
                context.queue.after(key.clone(), overdue.since(context.now));
            } else if let Some(node) = Node::of(&object)
                && let Some(unknown) = unheard(node, now)
            {
                let was_ready = node.is_ready();
                object = context.api.update_status(unknown)?;
                if was_ready {
                    let message = format!("Node {} status is now: NodeNotReady", key.name);
                    context.api.event(&object, SOURCE, EventType::Normal, "NodeNotReady", &message);
                    mark_pods_not_ready(&key.name, context)?;
                }
            }
        }
        if let Some(taints) = Node::of(&object).and_then(|node| wanted_taints(node, now))
            && let Some(node) = Node::of(&object)
        {
            let mut node = node.clone();
            node.spec.taints = taints;
            context.api.update(node)?;
        }
        Ok(())
    }
}

/// The node as it is when its kubelet is no longer heard, if that is not what it says already.
fn unheard(node: &Node, now: Timestamp) -> Option<Node> {
    let mut node = node.clone();
    let mut changed = false;
    for kind in KUBELETS {
        let place = node.status.conditions.iter().position(|condition| &*condition.kind == kind);
        let unknown = NodeCondition {
            kind: kind.into(),
            status: ConditionStatus::Unknown,
            reason: "NodeStatusUnknown".into(),
            message: "Kubelet stopped posting node status.".into(),
            last_transition_time: Some(now),
            ..NodeCondition::default()
        };
        match place.and_then(|place| node.status.conditions.get_mut(place)) {
            Some(condition) if condition.status == ConditionStatus::Unknown => {}
            Some(condition) => {
                changed = true;
                *condition = NodeCondition {
                    last_heartbeat_time: condition.last_heartbeat_time,
                    rest: condition.rest.clone(),
                    ..unknown
                };
            }
            None => {
                changed = true;
                node.status.conditions.push(unknown);
            }
        }
    }
    changed.then_some(node)
}

/// The taints that a node should have, if they are not those that it has. Taints of others stay.
fn wanted_taints(node: &Node, now: Timestamp) -> Option<Vec<Taint>> {
    let holds = |kind: &str, status: ConditionStatus| {
        node.status.conditions.iter().any(|condition| &*condition.kind == kind && condition.status == status)
    };
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for (kind, _, key) in TAINTS.into_iter().filter(|(kind, status, _)| holds(kind, *status)) {
        wanted.push((key, "NoSchedule"));
        if kind == "Ready" {
            wanted.push((key, "NoExecute"));
        }
    }
    if node.spec.unschedulable {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    let is_ours = |taint: &Taint| {
        let of_condition = TAINTS.iter().any(|(kind, _, key)| {
            *key == &*taint.key && (&*taint.effect == "NoSchedule" || *kind == "Ready" && &*taint.effect == "NoExecute")
        });
        of_condition || &*taint.key == UNSCHEDULABLE && &*taint.effect == "NoSchedule"
    };
    let is_wanted = |taint: &Taint| wanted.iter().any(|(key, effect)| *key == &*taint.key && *effect == &*taint.effect);
    let mut taints: Vec<Taint> =
        node.spec.taints.iter().filter(|taint| !is_ours(taint) || is_wanted(taint)).cloned().collect();
    for (key, effect) in wanted {
        if !taints.iter().any(|taint| &*taint.key == key && &*taint.effect == effect) {
            taints.push(Taint { key: key.into(), effect: effect.into(), time_added: Some(now), ..Taint::default() });
        }
    }
    (taints != node.spec.taints).then_some(taints)
}

/// Models `MarkPodsNotReady` of `pkg/controller/util/node/controller_utils.go`.
fn mark_pods_not_ready(node: &Str, context: &mut Context<'_>) -> Result<()> {
    let pods: Vec<_> = context.api.store().on_node(node).cloned().collect();
    for object in pods {
        let Some(mut pod) = Pod::of(&object).filter(|pod| pod.is_ready()).cloned() else { continue };
        for condition in pod.status.conditions.iter_mut().filter(|condition| &*condition.kind == "Ready") {
            condition.status = ConditionStatus::False;
            condition.last_transition_time = Some(context.now.timestamp());
        }
        context.api.update_status(Object::Pod(pod))?;
        context.api.event(&object, SOURCE, EventType::Warning, "NodeNotReady", "Node is not ready");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use serde_json::json;

    #[test]
    fn taints_follow_conditions_and_leave_others_alone() {
        let node = |ready: &str, disk: &str, cordoned: bool, taints: serde_json::Value| {
            Node::from_json(json!({
                "metadata": {"name": "n"}, "spec": {"unschedulable": cordoned, "taints": taints},
                "status": {"conditions": [
                    {"type": "DiskPressure", "status": disk}, {"type": "Ready", "status": ready}]}
            }))
            .unwrap()
        };
        let own = json!([{"key": "k", "value": "v", "effect": "NoExecute"}]);
        let shape = |node: Node| {
            let taints = wanted_taints(&node, Timestamp(5))?;
            Some(taints.iter().map(|taint| format!("{}:{}", taint.key, taint.effect)).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(shape(node("True", "False", false, own.clone())), None);
        assert_eq!(
            shape(node("Unknown", "Unknown", false, own.clone())).as_deref(),
            Some("k:NoExecute node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute")
        );
        assert_eq!(
            shape(node("True", "True", true, json!([]))).as_deref(),
            Some("node.kubernetes.io/disk-pressure:NoSchedule node.kubernetes.io/unschedulable:NoSchedule")
        );
        let left = json!([{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]);
        assert_eq!(shape(node("True", "False", false, left)).as_deref(), Some(""));
    }
}
