//! Why no node was chosen: Kubernetes' own sentence, counted together from each node's reasons.

use crate::base::Order;
use crate::base::Str;
use std::collections::BTreeMap;
use std::fmt;

/// Why one node cannot take a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The pod can be on no node at all: what is wrong with its claims.
    Claims(Str),
    /// The node is cordoned.
    Unschedulable,
    /// The pod names another node.
    NodeName,
    /// The node has a taint that the pod does not tolerate.
    Taint,
    /// The node's labels do not match the pod's `nodeSelector` or node affinity.
    NodeAffinity,
    /// A host port is taken.
    Ports,
    /// The node has as many pods as it may have.
    TooManyPods,
    /// Not enough of a resource is left.
    Insufficient {
        /// For example `cpu`.
        resource: Str,
        /// Whether the pod requests more than the whole node has.
        beyond_node: bool,
    },
    /// Another pod has a volume that only one pod may have.
    VolumeInUse,
    /// A volume of the pod cannot be reached from the node.
    VolumeAffinity,
    /// There is no volume for a claim of the pod that could be reached from the node, and none can be made.
    NoVolume,
    /// A claim of the pod is bound to a volume that does not exist.
    VolumeGone,
    /// A volume of the pod is in another zone.
    VolumeZone,
    /// A topology spread constraint forbids it.
    Spread,
    /// The node lacks the label that a topology spread constraint speaks of.
    SpreadLabel,
    /// No pod is there that the pod wants to be with.
    Affinity,
    /// A pod is there that the pod does not want to be with.
    AntiAffinity,
    /// A pod is there that does not want to be with the pod.
    ExistingAntiAffinity,
}

impl Reason {
    /// Whether removing pods from the node could help.
    pub fn helped_by_preemption(&self) -> bool {
        match self {
            Reason::Claims(_)
            | Reason::VolumeAffinity
            | Reason::NoVolume
            | Reason::VolumeGone
            | Reason::VolumeZone
            | Reason::Unschedulable
            | Reason::NodeName
            | Reason::Taint
            | Reason::NodeAffinity
            | Reason::SpreadLabel
            | Reason::Affinity => false,
            Reason::Insufficient { beyond_node, .. } => !beyond_node,
            Reason::Ports
            | Reason::TooManyPods
            | Reason::VolumeInUse
            | Reason::Spread
            | Reason::AntiAffinity
            | Reason::ExistingAntiAffinity => true,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Claims(what) => what,
            Reason::VolumeInUse => {
                "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
            }
            Reason::VolumeAffinity => "node(s) had volume node affinity conflict",
            Reason::NoVolume => "node(s) didn't find available persistent volumes to bind",
            Reason::VolumeGone => "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
            Reason::VolumeZone => "node(s) had no available volume zone",
            Reason::Unschedulable => "node(s) were unschedulable",
            Reason::NodeName => "node(s) didn't match the requested node name",
            Reason::Taint => "node(s) had untolerated taint(s)",
            Reason::NodeAffinity => "node(s) didn't match Pod's node affinity/selector",
            Reason::Ports => "node(s) didn't have free ports for the requested pod ports",
            Reason::TooManyPods => "Too many pods",
            Reason::Insufficient { resource, .. } => return write!(f, "Insufficient {resource}"),
            Reason::Spread => "node(s) didn't match pod topology spread constraints",
            Reason::SpreadLabel => "node(s) didn't match pod topology spread constraints (missing required label)",
            Reason::Affinity => "node(s) didn't match pod affinity rules",
            Reason::AntiAffinity => "node(s) didn't match pod anti-affinity rules",
            Reason::ExistingAntiAffinity => "node(s) didn't satisfy existing pods anti-affinity rules",
        })
    }
}

/// What came of the try to make room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preemption {
    /// A node is being freed.
    Succeeded,
    /// It was not tried, for this reason.
    NotEligible(&'static str),
    /// It would help on no node: the reasons, of every node one or more.
    Failed(Vec<String>),
}

/// The message of the event `FailedScheduling` and of the condition `PodScheduled`, given the reasons of every node.
///
/// Models `FitError.Error` of `pkg/scheduler/framework/types.go` and the preemption plugin's messages.
pub fn message(nodes: &[Vec<Reason>], preemption: &Preemption) -> String {
    if nodes.is_empty() {
        return "no nodes available to schedule pods".to_owned();
    }
    if let Some(Reason::Claims(what)) = nodes.iter().flatten().next() {
        // Filtering did not begin, so that the plugin that would deallocate claims lacks what it looks for, and says so.
        return format!("0/{} nodes are available: {what}. not found", nodes.len());
    }
    let filtered = histogram(nodes.len(), nodes.iter().flatten().map(ToString::to_string));
    let tried = match preemption {
        Preemption::Succeeded => return filtered,
        Preemption::NotEligible(why) => (*why).to_owned(),
        Preemption::Failed(reasons) => histogram(nodes.len(), reasons.iter().cloned()),
    };
    format!("{filtered} no new claims to deallocate, preemption: {tried}")
}

/// `0/3 nodes are available: 1 this, 2 that.`, sorted as text.
fn histogram(nodes: usize, reasons: impl Iterator<Item = String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut counted: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    counted.order();
    format!("0/{nodes} nodes are available: {}.", counted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains() {
        let cpu = |beyond_node| Reason::Insufficient { resource: "cpu".into(), beyond_node };
        let memory = || Reason::Insufficient { resource: "memory".into(), beyond_node: false };
        let table: [(Vec<Vec<Reason>>, &str); 4] = [
            (vec![], "no nodes available to schedule pods"),
            (
                vec![vec![cpu(true)], vec![cpu(true)], vec![cpu(true)]],
                "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: \
                 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
            ),
            (
                vec![vec![Reason::Taint], vec![cpu(false), memory()], vec![cpu(false)]],
                "0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s), 2 Insufficient cpu. \
                 no new claims to deallocate, preemption: 0/3 nodes are available: \
                 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.",
            ),
            (
                vec![vec![Reason::Unschedulable]; 12],
                "0/12 nodes are available: 12 node(s) were unschedulable. no new claims to deallocate, preemption: \
                 0/12 nodes are available: 12 Preemption is not helpful for scheduling.",
            ),
        ];
        for (nodes, expected) in table {
            let helps = |reasons: &Vec<Reason>| match reasons.iter().all(Reason::helped_by_preemption) {
                true => "No preemption victims found for incoming pod".to_owned(),
                false => "Preemption is not helpful for scheduling".to_owned(),
            };
            assert_eq!(message(&nodes, &Preemption::Failed(nodes.iter().map(helps).collect())), expected);
        }
        let claims = vec![vec![Reason::Claims("pod has unbound immediate PersistentVolumeClaims".into())]; 2];
        assert_eq!(
            message(&claims, &Preemption::Failed(vec![])),
            "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
        );
        let never = Preemption::NotEligible("not eligible due to preemptionPolicy=Never.");
        assert_eq!(
            message(&[vec![cpu(true)]], &never),
            "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to \
             preemptionPolicy=Never."
        );
        assert_eq!(
            message(&[vec![cpu(false)]], &Preemption::Succeeded),
            "0/1 nodes are available: 1 Insufficient cpu."
        );
    }
}
