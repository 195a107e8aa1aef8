//! Time in the hand: the time line, futures that were left, running until something happens, faults, two moments compared.

use super::{Command, Shared, Text, Tone};
use crate::base::Str;
use crate::base::time::SimTime;

/// The time line: how far the recording reaches, and marks on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineView {
    /// The latest instant that can be returned to; `None` when time only goes on.
    pub end: Option<SimTime>,
    /// Marks, oldest first.
    pub marks: Vec<TimelineMark>,
    /// The futures that were left and the one that is played, oldest first. Alone: nothing was left.
    pub futures: Vec<FutureView>,
    /// What time runs towards, while it does.
    pub running: Option<Text>,
    /// The moments that are to be compared: A and B.
    pub pins: [Option<PinView>; 2],
    /// What differs between them, once both are there.
    pub comparison: Option<Shared<ComparisonView>>,
    /// What is broken.
    pub faults: Vec<FaultView>,
    /// What can be broken: names of nodes.
    pub nodes: Vec<Str>,
}

/// What a mark is about: its shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkKind {
    /// The user did something.
    #[default]
    Action,
    /// The cluster warned.
    Warning,
    /// A rollout began or ended.
    Rollout,
}

impl MarkKind {
    /// The word the style sheets know it by.
    pub fn class(self) -> &'static str {
        match self {
            MarkKind::Action => "action",
            MarkKind::Warning => "warning",
            MarkKind::Rollout => "rollout",
        }
    }
}

/// One mark on the time line.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineMark {
    /// When.
    pub at: SimTime,
    /// What it is about.
    pub kind: MarkKind,
    /// Warning, failure, or just something done.
    pub tone: Tone,
    /// What happened, in a few words.
    pub label: Text,
    /// The card of the object it is about.
    pub card: Option<Str>,
}

/// A future: what was done, and how far it was played.
#[derive(Clone, Debug, PartialEq)]
pub struct FutureView {
    /// What [`Command::SwitchFuture`] and [`Command::DropFuture`] want.
    pub id: u32,
    /// It is the one that is played.
    pub current: bool,
    /// When it was left.
    pub left_at: SimTime,
    /// How far it was played.
    pub head: SimTime,
    /// What was done last in it.
    pub last: Option<Text>,
}

/// A moment that was pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinView {
    /// The future it is in.
    pub future: u32,
    /// When.
    pub at: SimTime,
}

/// What something runs until.
#[derive(Clone, Debug, PartialEq)]
pub enum Until {
    /// All pods are ready, and there are as many as are wanted.
    AllReady,
    /// A Deployment, StatefulSet or DaemonSet has rolled out; an empty name means all of them.
    RolledOut(Str),
    /// A pod whose name begins so fails; an empty name means any.
    PodFails(Str),
    /// An Event of this reason, or with these words, appears; empty: any Warning.
    EventAppears(Str),
    /// A moment: `90`, `1:30`, `1m30s` after the start, or from now on with a `+` before it.
    Moment(Str),
}

/// Something that is broken.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultView {
    /// What it is.
    pub label: Text,
    /// The card it is done to.
    pub card: Str,
    /// What mends it.
    pub heal: Command,
}

/// What differs between two moments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparisonView {
    /// Objects that only B has.
    pub added: usize,
    /// Objects that only A has.
    pub removed: usize,
    /// Objects that both have and that are not the same.
    pub changed: usize,
    /// Pods of one owner that gave way to others: the owner's name and how many.
    pub replaced: Vec<(Str, usize)>,
    /// The objects, the first few hundred.
    pub rows: Vec<DifferenceView>,
    /// Objects that are not among the rows.
    pub more: usize,
    /// The last request, sent at either moment.
    pub answers: Option<AnswersView>,
}

/// How one object differs.
#[derive(Clone, Debug, PartialEq)]
pub struct DifferenceView {
    /// Its card.
    pub card: Str,
    /// `Pod`, `Service`, ...
    pub kind: Str,
    /// Its name, with the namespace before it when that is not the default one.
    pub name: Str,
    /// Ok: only B has it; Gone: only A; Pending: changed; Bad is not used.
    pub tone: Tone,
    /// `added`, `removed`, `changed`, `made anew`.
    pub what: Text,
    /// Its fields that differ: path, the value at A and at B.
    pub fields: Vec<FieldChange>,
}

/// How one field differs. A side that does not have the field is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// `spec.replicas`.
    pub path: Str,
    /// At A.
    pub old: Option<Str>,
    /// At B.
    pub new: Option<Str>,
}

/// What one request meets at two moments.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswersView {
    /// Where it goes.
    pub to: Str,
    /// The answer at A and at B.
    pub answers: [(Tone, Text); 2],
}
