//! What a kubelet says of its node.
//!
//! Models `pkg/kubelet/nodestatus/setters.go`. It speaks when something changed: a heartbeat that says the same again is not
//! simulated.

use super::sync::Kubelet;
use crate::api::kinds::Key;
use crate::api::objects::Node;
use crate::api::objects::cluster::NodeCondition;
use crate::api::objects::pod::ConditionStatus;
use crate::apiserver::Result;
use crate::apiserver::events::{EventType, Source};
use crate::base::time::Timestamp;
use crate::controllers::runtime::Context;

/// A condition as it should be, and what is told when it comes to be so.
struct Word {
    kind: &'static str,
    status: ConditionStatus,
    reason: &'static str,
    message: &'static str,
    event: &'static str,
}

/// What is said of a node whose disk is full, or not.
fn words(full: bool) -> [Word; 4] {
    let holds_not =
        |kind, reason, message, event| Word { kind, status: ConditionStatus::False, reason, message, event };
    let disk = if full {
        Word {
            kind: "DiskPressure",
            status: ConditionStatus::True,
            reason: "KubeletHasDiskPressure",
            message: "kubelet has disk pressure",
            event: "NodeHasDiskPressure",
        }
    } else {
        holds_not("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure")
    };
    [
        holds_not(
            "MemoryPressure",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
            "NodeHasSufficientMemory",
        ),
        disk,
        holds_not(
            "PIDPressure",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
            "NodeHasSufficientPID",
        ),
        Word {
            kind: "Ready",
            status: ConditionStatus::True,
            reason: "KubeletReady",
            message: "kubelet is posting ready status",
            event: "NodeReady",
        },
    ]
}

impl Kubelet {
    /// Tells the API server how a node is, if that is not what it knows.
    pub(super) fn sync_node(&self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        if self.faults().is_silent(&key.name) {
            return Ok(());
        }
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Some(node) = Node::of(&object) else { return Ok(()) };
        let (said, events) = said(node, self.faults().is_short(&key.name, context.now), context.now.timestamp());
        if events.is_empty() {
            return Ok(());
        }
        context.api.update_status(said)?;
        for event in events {
            let source = Source { component: "kubelet", host: &key.name, field_path: "" };
            let message = format!("Node {} status is now: {event}", key.name);
            context.api.event(&object, source, EventType::Normal, event, &message);
        }
        Ok(())
    }
}

/// The node as the kubelet describes it, and what is new about that.
fn said(node: &Node, full: bool, now: Timestamp) -> (Node, Vec<&'static str>) {
    let mut node = node.clone();
    let mut events = Vec::new();
    for word in words(full) {
        let Some(condition) = node.status.conditions.iter_mut().find(|condition| &*condition.kind == word.kind) else {
            continue;
        };
        if condition.status == word.status {
            continue;
        }
        *condition = NodeCondition {
            status: word.status,
            reason: word.reason.into(),
            message: word.message.into(),
            last_transition_time: Some(now),
            ..condition.clone()
        };
        events.push(word.event);
    }
    if !events.is_empty() {
        for condition in &mut node.status.conditions {
            condition.last_heartbeat_time = Some(now);
        }
    }
    (node, events)
}
