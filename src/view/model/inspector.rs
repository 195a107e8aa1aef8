//! The selected thing in full.

use super::events::EventRow;
use super::{Text, Tone};
use crate::base::Str;
use crate::base::time::SimTime;

/// The selected thing.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectorView {
    /// Its graph key.
    pub key: Str,
    /// `Pod`, `Service`, ...
    pub kind: Str,
    /// Its name.
    pub name: Str,
    /// Its namespace.
    pub namespace: Option<Str>,
    /// `Running`, `3 ready endpoints`, ...
    pub status: Text,
    /// How it is doing.
    pub tone: Tone,
    /// What can be done with it.
    pub actions: Vec<ActionView>,
    /// Facts under headings; the first section has no heading.
    pub sections: Vec<SectionView>,
    /// Of a pod: what the nodes say to it.
    pub nodes: Option<NodesView>,
    /// As `kubectl get -o yaml` prints it.
    pub yaml: Str,
    /// Its events, newest first.
    pub events: Vec<EventRow>,
    /// Why it is as it is: the chain of causes, back to what the user did.
    pub why: Vec<CauseView>,
    /// What happened to it, newest first.
    pub changes: Vec<CauseView>,
}

/// A link of a chain of causes, or something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct CauseView {
    /// What happened.
    pub what: Text,
    /// When; nothing for the making of the cluster.
    pub at: Option<SimTime>,
    /// The card of the object that changed, unless that is the selected one.
    pub card: Option<Str>,
    /// It is what the user did.
    pub by_user: bool,
}

/// Facts under a heading.
#[derive(Clone, Debug, PartialEq)]
pub struct SectionView {
    /// The heading.
    pub title: Option<Text>,
    /// The facts.
    pub facts: Vec<FactView>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct FactView {
    /// What it is about; empty for a bare line.
    pub name: Text,
    /// The fact.
    pub value: Text,
    /// Set in the machine's voice (addresses, labels, commands).
    pub code: bool,
    /// How it is doing.
    pub tone: Tone,
    /// The card it speaks of.
    pub link: Option<Str>,
}

/// What the nodes say to a pod, the best first.
#[derive(Clone, Debug, PartialEq)]
pub struct NodesView {
    /// Whether they are asked for a place now, or the pod has one.
    pub title: Text,
    /// A row for each node.
    pub rows: Vec<NodeSays>,
}

/// What a node says to a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSays {
    /// Its name.
    pub node: Str,
    /// Its card.
    pub card: Str,
    /// The pod is there.
    pub chosen: bool,
    /// Why it refuses the pod; empty when it does not.
    pub refusals: Vec<Str>,
    /// What stands behind the refusals.
    pub because: Vec<Text>,
    /// The points that it gets, and its part of the most that a node gets, in percent.
    pub total: i64,
    /// See `total`.
    pub percent: u32,
    /// Which plugin gave how many points.
    pub points: Vec<(&'static str, i64)>,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionView {
    /// A few words.
    pub label: Text,
    /// The console line that does it.
    pub line: Str,
    /// Destroys something.
    pub danger: bool,
}
