//! What a controller is, and the queue of keys that wait to be looked at.
//!
//! Models `k8s.io/client-go/util/workqueue` and kube-rs' scheduler: one place in the queue per key; of two due times the
//! earlier one wins; why a key was queued is remembered for explanations, and hidden from the controller.

use crate::api::kinds::Key;
use crate::apiserver::{ApiServer, Because, Change, Result, Store};
use crate::base::pmap::{PLookup, PMap};
use crate::base::time::{Duration, SimTime};
use std::cmp::Reverse;
use std::rc::Rc;

/// A part of the control plane (or a kubelet, or a proxy) that reacts to changes.
pub trait Controller {
    /// The name, as it stands in causes: `replicaset-controller`.
    fn name(&self) -> &'static str;

    /// Says which keys a change makes worth looking at, and keeps caches true. The store is already past the change.
    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue);

    /// Looks at what `key` names and writes what is missing. After an error the key is looked at again, later and later.
    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()>;
}

/// How long changes of an owner's members are collected before the owner is looked at. A look costs as much as there are
/// members, so the more there are the rarer it is: ten thousand members are looked at twice a second.
pub fn patience(base: Duration, members: usize) -> Duration {
    base + Duration::from_micros(50 * u64::try_from(members).unwrap_or(0))
}

/// Collects keys for the queue.
#[derive(Default)]
pub struct Enqueue {
    wanted: Vec<(Key, Duration)>,
}

impl Enqueue {
    /// Look at `key` as soon as possible.
    pub fn now(&mut self, key: Key) {
        self.wanted.push((key, Duration::ZERO));
    }

    /// Look at `key` after a while. With the same delay each time, many changes cost one look.
    pub fn after(&mut self, key: Key, delay: Duration) {
        self.wanted.push((key, delay));
    }
}

/// What a controller has at hand while it looks at a key.
pub struct Context<'a> {
    /// The API server: read its store, write through it.
    pub api: &'a mut ApiServer,
    /// The time.
    pub now: SimTime,
    /// Keys (of this controller) to be looked at again.
    pub queue: &'a mut Enqueue,
}

/// The number of a controller in the fixed order in which they run.
pub type ControllerId = u8;

/// A key that is due.
#[derive(Clone, Debug)]
pub struct Item {
    /// Whose.
    pub controller: ControllerId,
    /// Which.
    pub key: Key,
    /// What led to it.
    pub because: Because,
}

/// First retry after an error.
const RETRY_BASE: Duration = Duration::from_millis(5);
/// Retries after which a key is given up until something changes.
const RETRY_LIMIT: u32 = 15;

/// Keys that wait, by the time at which they are due. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Queue {
    /// By the time at which they are due, then by controller, then first come first served; the next one stands at the end,
    /// where it is taken off most cheaply.
    items: PMap<Reverse<(SimTime, ControllerId, u64)>, Rc<Item>>,
    /// When each is due, and which one it is; numbers begin with 1.
    places: PLookup<(ControllerId, Key), (SimTime, u64)>,
    failures: PLookup<(ControllerId, Key), u32>,
    pushed: u64,
}

impl Queue {
    /// Queues what a controller asked for.
    pub fn extend(&mut self, controller: ControllerId, wanted: &mut Enqueue, now: SimTime, because: Because) {
        for (key, delay) in wanted.wanted.drain(..) {
            self.push(Item { controller, key, because }, now.after(delay));
        }
    }

    fn push(&mut self, item: Item, due: SimTime) {
        let place = self.places.or_default((item.controller, item.key.clone()));
        let (present, number) = *place;
        if number != 0 && present <= due {
            return;
        }
        self.pushed += 1;
        *place = (due, self.pushed);
        if number != 0 {
            self.items.remove(&Reverse((present, item.controller, number)));
        }
        self.items.insert(Reverse((due, item.controller, self.pushed)), Rc::new(item));
    }

    /// When the next key is due.
    pub fn next_due(&self) -> Option<SimTime> {
        self.items.get_max().map(|(Reverse((due, _, _)), _)| *due)
    }

    /// Takes the next key that is due at `now`.
    pub fn pop(&mut self, now: SimTime) -> Option<Item> {
        let (Reverse(place), _) = self.items.get_max()?;
        if place.0 > now {
            return None;
        }
        let place = Reverse(*place);
        let item = Rc::unwrap_or_clone(self.items.remove(&place)?);
        self.places.remove(&(item.controller, item.key.clone()));
        Some(item)
    }

    /// Forgets earlier failures of a key.
    pub fn succeeded(&mut self, item: &Item) {
        if !self.failures.is_empty() {
            self.failures.remove(&(item.controller, item.key.clone()));
        }
    }

    /// Queues a key again after a failure, later each time.
    pub fn failed(&mut self, item: Item, now: SimTime) {
        let place = (item.controller, item.key.clone());
        let failures = self.failures.get(&place).copied().unwrap_or(0) + 1;
        if failures > RETRY_LIMIT {
            self.failures.remove(&place);
            return;
        }
        self.failures.insert(place, failures);
        self.push(item, now.after(RETRY_BASE * 2_u32.saturating_pow(failures - 1)));
    }

    /// How many keys wait.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds::Kind;

    #[test]
    fn a_key_has_one_place_and_the_earlier_time_wins() {
        let mut queue = Queue::default();
        let mut wanted = Enqueue::default();
        let key = Key::new(Kind::POD, "default", "web");
        for seconds in [5, 2, 9] {
            wanted.after(key.clone(), Duration::from_secs(seconds));
            queue.extend(0, &mut wanted, SimTime::ZERO, Because::Seed);
        }
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.next_due(), Some(SimTime::from_secs(2)));
        assert!(queue.pop(SimTime::from_secs(1)).is_none());
        assert_eq!(queue.pop(SimTime::from_secs(2)).unwrap().key, key);
        assert!(queue.is_empty());
    }
}
