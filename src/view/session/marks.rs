//! What the time line shows of what happened: what the user did, what the cluster warned of, rollouts.
//!
//! Marks follow the change log and the log of inputs, so playing again makes none twice, and each future has its own.

use crate::api::kinds::Kind;
use crate::api::objects::{Event, Object};
use crate::apiserver::Change;
use crate::base::Str;
use crate::base::msg::Msg;
use crate::base::time::SimTime;
use crate::msg;
use crate::sim::history::BranchId;
use crate::sim::{Engine, Input, why};
use crate::view::build::card_key;
use crate::view::model::Tone;
use crate::view::model::time::{MarkKind, TimelineMark};
use std::collections::BTreeMap;

/// Marks that are kept; older ones go.
const MARKS: usize = 200;
/// Namespaces of the cluster's own workings, which nobody here asked for.
const ADD_ONS: [&str; 2] = ["ingress-nginx", "kube-system"];
/// The annotation that says which revision a Deployment is at.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// The marks of the future that is played, and of those that were left.
#[derive(Default)]
pub struct Marks {
    marks: Vec<TimelineMark>,
    branch: BranchId,
    left: BTreeMap<BranchId, Vec<TimelineMark>>,
    /// Inputs that have their marks.
    inputs: usize,
    /// The revision up to which changes have their marks.
    rev: u64,
    /// What the user said last, and when: inputs of that moment are called so.
    said: Option<(SimTime, Msg)>,
}

impl Marks {
    /// The user is about to do something: what comes of it at this moment is called so.
    pub fn say(&mut self, at: SimTime, label: Msg) {
        self.said = Some((at, label));
    }

    /// All of them, oldest first.
    pub fn list(&self) -> &[TimelineMark] {
        &self.marks
    }

    /// What was done last in a future.
    pub fn last_of(&self, branch: BranchId) -> Option<&TimelineMark> {
        let marks = if branch == self.branch { Some(&self.marks) } else { self.left.get(&branch) };
        marks?.iter().rev().find(|mark| mark.kind == MarkKind::Action)
    }

    /// Marks what happened since the last time.
    pub fn follow(&mut self, engine: &Engine) {
        self.follow_branch(engine);
        for (_, logged) in engine.history_marks().skip(self.inputs).take(engine.inputs().len()) {
            let label = match (&self.said, &*logged.input) {
                // A stream of requests would hide everything else.
                (_, Input::Traffic { .. } | Input::Program { .. }) => continue,
                (Some((at, said)), Input::Request(_)) if *at == logged.at => said.clone(),
                (_, input) => why::describe(input),
            };
            let tone = if matches!(*logged.input, Input::Fault(_)) { Tone::Bad } else { Tone::Neutral };
            let card = match &*logged.input {
                Input::Request(request) => Some(card_key(&request.key())),
                _ => None,
            };
            self.add(TimelineMark { at: logged.at, kind: MarkKind::Action, tone, label: label.into(), card });
        }
        self.inputs = engine.inputs().len();
        let store = engine.world().api.store();
        // After a rewind everything up to here has its marks already.
        let from = self.rev.min(store.rev());
        let new: Vec<TimelineMark> = store.changes_after(from).filter_map(|change| mark_of(change)).collect();
        new.into_iter().for_each(|mark| self.add(mark));
        self.rev = store.rev();
    }

    /// Puts the marks of a future aside when it was left, and takes up those of the one that is played.
    fn follow_branch(&mut self, engine: &Engine) {
        let branch = engine.branch();
        if branch == self.branch {
            return;
        }
        let before = std::mem::take(&mut self.marks);
        let left_at =
            engine.branches().iter().find(|one| one.id == self.branch).map_or(engine.now(), |one| one.left_at);
        // A future that is returned to has all of its marks; a new one has none for what began it.
        (self.marks, self.inputs) = match self.left.remove(&branch) {
            Some(marks) => (marks, engine.inputs().len()),
            None => (
                before.iter().filter(|mark| mark.at <= left_at).cloned().collect(),
                engine.inputs().partition_point(|logged| logged.at < left_at),
            ),
        };
        self.left.insert(self.branch, before);
        self.left.retain(|id, _| engine.branches().iter().any(|one| one.id == *id));
        self.branch = branch;
    }

    /// Adds a mark at its place, unless it is there.
    fn add(&mut self, mark: TimelineMark) {
        let place = self.marks.partition_point(|other| other.at <= mark.at);
        let same = self.marks[..place].iter().rev().take_while(|other| other.at == mark.at);
        if same.into_iter().any(|other| other.label == mark.label) {
            return;
        }
        self.marks.insert(place, mark);
        if self.marks.len() > MARKS {
            // What the user did stays longest.
            let goes = self.marks.iter().position(|mark| mark.kind != MarkKind::Action).unwrap_or(0);
            self.marks.remove(goes);
        }
    }
}

/// The mark of a change, if it is one to be marked.
fn mark_of(change: &Change) -> Option<TimelineMark> {
    if ADD_ONS.contains(&&*change.key.namespace) {
        return None;
    }
    let mark = |kind, tone, label: Msg, card: Str| {
        Some(TimelineMark { at: change.at, kind, tone, label: label.into(), card: Some(card) })
    };
    if change.key.kind == Kind::EVENT && change.old.is_none() {
        let event = change.new.as_deref().and_then(Event::of).filter(|event| &*event.kind == "Warning")?;
        let about = &event.involved_object;
        let kind = Kind::of(&about.api_version, &about.kind);
        let card =
            kind.map(|kind| card_key(&crate::api::kinds::Key::new(kind, about.namespace.clone(), about.name.clone())));
        let label = msg!("session.warned", reason = event.reason, name = about.name);
        return mark(MarkKind::Warning, Tone::Bad, label, card.unwrap_or_default());
    }
    let (Some(Object::Deployment(new)), old) = (change.new.as_deref(), change.old.as_deref()) else { return None };
    let revision_of = |object: &Object| object.meta().annotations.get(REVISION).cloned();
    let (name, card) = (&new.meta.name, card_key(&change.key));
    let revision = new.meta.annotations.get(REVISION)?;
    if old.and_then(revision_of).as_ref() != Some(revision) {
        let label = msg!("time.rollout", name = name, revision = revision);
        return mark(MarkKind::Rollout, Tone::Pending, label, card);
    }
    let Some(Object::Deployment(old)) = old else { return None };
    let reason = |one: &crate::api::objects::Deployment| {
        one.status.conditions.iter().find(|c| &*c.kind == "Progressing").map(|c| c.reason.clone()).unwrap_or_default()
    };
    let (before, now) = (reason(old), reason(new));
    match &*now {
        _ if before == now => None,
        "NewReplicaSetAvailable" => {
            mark(MarkKind::Rollout, Tone::Ok, msg!("time.rolled-out", name = name, revision = revision), card)
        }
        "ProgressDeadlineExceeded" => mark(MarkKind::Rollout, Tone::Bad, msg!("time.stuck", name = name), card),
        _ => None,
    }
}
