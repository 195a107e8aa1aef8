//! What is kept of the past: snapshots to start a replay from, the moments at which something changed, and the futures that
//! were left when somebody went back and did something else.
//!
//! A snapshot is a clone of the world and shares all that did not change with its neighbours. Snapshots lie apart not by time
//! but by *work*: to show a moment costs the replay of the work since the snapshot before it, so equal distances bound that
//! cost, and a quiet year costs nothing. When there are too many, every other one goes and the distance doubles.

use super::engine::{Engine, Work};
use super::inputs::{Inputs, Logged, common};
use super::world::World;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::apiserver::Store;
use crate::base::pmap::PVec;
use crate::base::time::SimTime;
use std::rc::Rc;

/// Work between two snapshots, at first.
const SPACING: u64 = 512;
/// The square of the number of objects, divided by this, is the least work between two snapshots.
const CROWD: u64 = 160_000;
/// With more objects (Events apart) no snapshot is taken: each would keep nearly all of the maps and the objects as they were
/// for itself, and the way back is played from the last one before.
const TOO_MANY: usize = 40_000;
/// The most snapshots. One of a thousand pods takes 1.3 MiB.
const MOST_SNAPSHOTS: usize = 96;
/// The most moments that are remembered; the oldest go first.
const MOST_MOMENTS: usize = 200_000;
/// The most futures that are kept; the oldest go first.
const MOST_BRANCHES: usize = 32;

/// The cluster at a moment, and how far the log was played.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub world: World,
    pub applied: usize,
    pub flows: u64,
    pub work: Work,
}

/// Names a branch.
pub type BranchId = u32;

/// A future that was left.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its name.
    pub id: BranchId,
    /// The moment at which the future that is now played leaves it.
    pub left_at: SimTime,
    /// How far it was played.
    pub head: SimTime,
    /// Everything that came from outside in it.
    pub inputs: Inputs,
    moments: PVec<SimTime>,
}

/// The past, and the futures that were left.
#[derive(Clone, Default)]
pub(super) struct History {
    snapshots: Vec<Rc<Snapshot>>,
    spacing: u64,
    moments: PVec<SimTime>,
    head: SimTime,
    branches: Vec<Branch>,
    current: BranchId,
    named: BranchId,
}

impl History {
    /// The history of a cluster that was just made.
    pub fn new(first: Snapshot) -> History {
        History { head: first.world.now, snapshots: vec![Rc::new(first)], spacing: SPACING, ..History::default() }
    }

    /// The last snapshot at or before a moment.
    pub fn nearest(&self, at: SimTime) -> Option<&Rc<Snapshot>> {
        let later = self.snapshots.partition_point(|snapshot| snapshot.world.now <= at);
        self.snapshots.get(later.saturating_sub(1))
    }

    /// Whether enough was done since the last snapshot to take one now.
    ///
    /// In a large cluster work is spread over more of the maps, so that two snapshots share less: they lie further apart, and
    /// in the largest there are none.
    pub fn wants(&self, now: SimTime, work: Work, store: &Store) -> bool {
        if store.len() - store.count(Kind::EVENT) > TOO_MANY {
            return false;
        }
        let objects = u64::try_from(store.len()).unwrap_or(u64::MAX);
        let spacing = self.spacing.max(objects.saturating_mul(objects) / CROWD);
        self.snapshots
            .last()
            .is_none_or(|last| now > last.world.now && work.total().saturating_sub(last.work.total()) >= spacing)
    }

    /// Keeps a snapshot.
    pub fn keep(&mut self, snapshot: Snapshot) {
        self.snapshots.push(Rc::new(snapshot));
        if self.snapshots.len() > MOST_SNAPSHOTS {
            self.spacing *= 2;
            let mut place = 0;
            // The first and the last stay.
            self.snapshots.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
    }

    /// Time has come to `now`, and something visible changed there.
    pub fn moment(&mut self, now: SimTime) {
        if self.moments.last().is_none_or(|last| *last < now) {
            self.moments.push_back(now);
            if self.moments.len() > MOST_MOMENTS {
                self.moments.pop_front();
            }
        }
    }

    /// Time has come to `now`.
    pub fn reached(&mut self, now: SimTime) {
        self.head = self.head.max(now);
    }

    /// How far this future was played.
    pub fn head(&self) -> SimTime {
        self.head
    }

    /// How many snapshots are kept.
    pub fn snapshots(&self) -> usize {
        self.snapshots.len()
    }

    /// The moments at which something visible changed.
    pub fn moments(&self) -> &PVec<SimTime> {
        &self.moments
    }

    /// The futures that were left.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The future that is played.
    pub fn current(&self) -> BranchId {
        self.current
    }

    /// Something else is about to be done at `now`, after `applied` of `inputs`: what was the future until now is put aside.
    pub fn fork(&mut self, now: SimTime, inputs: &Inputs, applied: usize) {
        self.put_aside(now, inputs);
        self.named += 1;
        self.current = self.named;
        self.head = now;
        let kept = self.moments.iter().take_while(|moment| **moment <= now).count();
        self.moments.truncate(kept);
        self.snapshots.retain(|snapshot| snapshot.world.now <= now && snapshot.applied <= applied);
    }

    /// Puts the current future aside and takes up another one: answers its inputs and how far it was played.
    pub fn switch(&mut self, id: BranchId, inputs: &Inputs) -> Option<(Inputs, SimTime)> {
        let place = self.branches.iter().position(|branch| branch.id == id)?;
        let branch = self.branches.remove(place);
        let shared = common(inputs, &branch.inputs);
        let ends = |inputs: &Inputs| inputs.get(shared).map(|logged| logged.at);
        let parting = ends(inputs).into_iter().chain(ends(&branch.inputs)).min().unwrap_or(branch.left_at);
        self.put_aside(parting, inputs);
        self.snapshots.retain(|snapshot| snapshot.world.now < parting || snapshot.world.now == SimTime::ZERO);
        self.snapshots.retain(|snapshot| snapshot.applied <= shared);
        self.moments = branch.moments;
        self.head = branch.head;
        self.current = branch.id;
        Some((branch.inputs, branch.head))
    }

    /// Forgets a future that was left. Says whether there was one of that name.
    pub fn forget(&mut self, id: BranchId) -> bool {
        let before = self.branches.len();
        self.branches.retain(|branch| branch.id != id);
        self.branches.len() != before
    }

    fn put_aside(&mut self, left_at: SimTime, inputs: &Inputs) {
        let (id, head) = (self.current, self.head);
        self.branches.push(Branch { id, left_at, head, inputs: inputs.clone(), moments: self.moments.clone() });
        if self.branches.len() > MOST_BRANCHES {
            self.branches.remove(0);
        }
    }
}

/// The engine in its past and futures.
impl Engine {
    /// At the end of a moment: remembers it, if something happened, and keeps a snapshot, if enough did.
    pub(super) fn look_back(&mut self) {
        let now = self.world.now;
        let mut marks = self.world.api.store().marks_back().take_while(|(_, mark)| mark.at == now);
        if marks.any(|(_, mark)| is_visible(mark.key.kind)) {
            self.history.moment(now);
        }
        if self.history.wants(self.world.now, self.work(), self.world.api.store()) {
            let snapshot = self.snapshot();
            self.history.keep(snapshot);
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot { world: self.world.clone(), applied: self.applied, flows: self.flows, work: self.work() }
    }

    /// Goes to a moment of the past, or back into the future that was played. Letting time pass from there plays again what
    /// came; a new input begins another future.
    pub fn seek(&mut self, at: SimTime) {
        if let Some(snapshot) = self.history.nearest(at).cloned()
            && (at < self.world.now || snapshot.world.now > self.world.now)
        {
            self.restore(&snapshot);
        }
        self.advance_to(at, &mut || true);
    }

    fn restore(&mut self, snapshot: &Snapshot) {
        self.world = snapshot.world.clone();
        self.applied = snapshot.applied;
        self.flows = snapshot.flows;
        self.work = snapshot.work;
        self.breath = None;
    }

    /// The cluster at another moment; the engine stays where it is.
    pub fn at(&self, at: SimTime) -> World {
        let mut other = self.clone();
        other.seek(at);
        other.world
    }

    /// How far the future was played in which the engine stands: the present, from which [`Engine::seek`] went back.
    pub fn head(&self) -> SimTime {
        self.history.head()
    }

    /// How many snapshots are kept, for measurements.
    pub fn snapshots(&self) -> usize {
        self.history.snapshots()
    }

    /// The moments at which something visible changed, oldest first, up to [`Engine::head`].
    pub fn moments(&self) -> &PVec<SimTime> {
        self.history.moments()
    }

    /// What a timeline shows of the past, oldest first: what came from outside, also what is still to come again.
    pub fn history_marks(&self) -> impl Iterator<Item = (usize, &Logged)> {
        self.inputs.iter().enumerate()
    }

    /// The futures that were left by doing something else in the past.
    pub fn branches(&self) -> &[Branch] {
        self.history.branches()
    }

    /// The future in which the engine stands.
    pub fn branch(&self) -> BranchId {
        self.history.current()
    }

    /// Forgets a future that was left. Says whether there was such a branch.
    pub fn forget(&mut self, branch: BranchId) -> bool {
        self.history.forget(branch)
    }

    /// Returns to a future that was left, to where it had come; the present one is kept in its place. Says whether there is
    /// such a branch.
    pub fn switch(&mut self, branch: BranchId) -> bool {
        let Some((inputs, head)) = self.history.switch(branch, &self.inputs) else { return false };
        self.inputs = inputs;
        if let Some(snapshot) = self.history.nearest(head).cloned() {
            self.restore(&snapshot);
        }
        self.advance_to(head, &mut || true);
        true
    }
}

/// Whether a person would call the change of an object of this kind something that happened.
pub fn is_visible(kind: Kind) -> bool {
    !matches!(kind, Kind::EVENT | Kind::LEASE)
}

/// How an object differs between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the later moment has it.
    Added,
    /// Only the earlier moment has it.
    Removed,
    /// Both have it, but it is not the same.
    Changed,
    /// Both have an object of this name, but it was made anew meanwhile.
    Replaced,
}

/// What differs from one moment to another, by kind, namespace and name. Events and Leases are left out.
pub fn compare(before: &World, after: &World) -> Vec<(Key, Difference)> {
    let mut differences = Vec::new();
    let kinds: std::collections::BTreeSet<Kind> = before.api.kinds().all().chain(after.api.kinds().all()).collect();
    for kind in kinds.into_iter().filter(|kind| is_visible(*kind)) {
        let mut old = before.api.store().list(kind, "").peekable();
        let mut new = after.api.store().list(kind, "").peekable();
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(a), Some(b)) => a.key().cmp(&b.key()),
            };
            let a = old.next_if(|_| order.is_le());
            let b = new.next_if(|_| order.is_ge());
            match (a, b) {
                (Some(a), None) => differences.push((a.key(), Difference::Removed)),
                (None, Some(b)) => differences.push((b.key(), Difference::Added)),
                (Some(a), Some(b)) if a.meta().uid != b.meta().uid => differences.push((a.key(), Difference::Replaced)),
                (Some(a), Some(b)) if !is_same(a, b) => differences.push((a.key(), Difference::Changed)),
                _ => {}
            }
        }
    }
    differences
}

/// Whether two objects say the same. Their revisions do not count: those of two branches are not comparable.
fn is_same(a: &Rc<Object>, b: &Rc<Object>) -> bool {
    if Rc::ptr_eq(a, b) {
        return true;
    }
    let mut b = (**b).clone();
    b.meta_mut().resource_version = a.meta().resource_version;
    **a == b
}
