//! The nodes as the scheduler knows them, and what it remembers of their ratings.
//!
//! Most pods wish the same, and between two pods one node changes. So what a node is worth for a kind of wishes is remembered
//! until the node changes: that is what keeps scheduling a pod among thousands of nodes cheap.

use super::filter::{Neighbours, NodeInfo, PodInfo, objections};
use super::score::{Worth, worth};
use crate::base::Str;
use crate::base::pmap::{PLookup, PVec};
use std::rc::Rc;

/// Kinds of wishes whose ratings are remembered.
const MOST_RATED: usize = 8;

/// What is remembered of a node for pods of one kind of wishes.
#[derive(Clone, Copy, Default)]
enum Rating {
    #[default]
    Unknown,
    Refused,
    Possible(Worth),
}

/// The ratings of all nodes (by number) for pods with these wishes.
#[derive(Clone)]
struct Rated {
    wishes: Rc<PodInfo>,
    ratings: Rc<Vec<Rating>>,
}

/// The nodes, each with a number that it keeps: to walk over numbers costs no comparison of names.
#[derive(Clone, Default)]
pub(super) struct Nodes {
    slots: PVec<Option<NodeInfo>>,
    numbers: PLookup<Str, usize>,
    /// All zones that nodes have been in.
    zones: Vec<Str>,
    /// The kinds of wishes seen last, the newest first.
    rated: Vec<Rated>,
    /// How often something has changed.
    version: u64,
}

impl Nodes {
    /// A number that is another one after every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    pub fn number(&self, name: &Str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub fn get(&self, name: &Str) -> Option<&NodeInfo> {
        self.at(self.number(name)?)
    }

    pub fn at(&self, number: usize) -> Option<&NodeInfo> {
        self.slots.get(number)?.as_ref()
    }

    /// Counts a pod on a node, or (-1) takes it off again.
    pub fn count(&mut self, number: usize, pod: &PodInfo, times: i64) {
        if let Some(node) = self.slots.get_mut(number).and_then(Option::as_mut) {
            node.count(pod, times);
            self.changed(number);
        }
    }

    pub fn insert(&mut self, mut node: NodeInfo) {
        self.version += 1;
        node.zone_number = node.zone.as_ref().and_then(|zone| {
            let known = self.zones.iter().position(|known| known == zone);
            let number = known.unwrap_or(self.zones.len());
            if known.is_none() {
                self.zones.push(zone.clone());
            }
            u32::try_from(number).ok()
        });
        match self.number(&node.name) {
            Some(number) => {
                if let Some(slot) = self.slots.get_mut(number) {
                    *slot = Some(node);
                    self.changed(number);
                }
            }
            None => {
                self.numbers.insert(node.name.clone(), self.slots.len());
                self.slots.push_back(Some(node));
            }
        }
    }

    pub fn remove(&mut self, name: &Str) {
        let Some(number) = self.numbers.remove(name) else { return };
        if let Some(slot) = self.slots.get_mut(number) {
            *slot = None;
        }
        self.changed(number);
    }

    /// The numbers of all nodes that there are or were, beginning with one.
    pub fn from(&self, first: usize) -> impl Iterator<Item = usize> + use<> {
        let (first, end) = (first.min(self.slots.len()), self.slots.len());
        (first..end).chain(0..first)
    }

    /// How far it is from one number to another on the way of [`Nodes::from`].
    pub fn distance(&self, first: usize, number: usize) -> usize {
        if number >= first { number - first } else { number + self.slots.len() - first }
    }

    fn changed(&mut self, number: usize) {
        self.version += 1;
        for rated in &mut self.rated {
            if rated.ratings.get(number).is_some_and(|rating| !matches!(rating, Rating::Unknown)) {
                Rc::make_mut(&mut rated.ratings)[number] = Rating::Unknown;
            }
        }
    }

    /// The first `limit` nodes that can take a pod without [`Neighbours`], beginning with one.
    pub fn possible(&mut self, wishes: &Rc<PodInfo>, first: usize, limit: usize) -> Vec<(usize, Worth)> {
        let known = self.rated.iter().position(|rated| Rc::ptr_eq(&rated.wishes, wishes) || rated.wishes == *wishes);
        let mut rated = match known {
            Some(place) => self.rated.remove(place),
            None => {
                self.rated.truncate(MOST_RATED - 1);
                Rated { wishes: wishes.clone(), ratings: Rc::default() }
            }
        };
        let ratings = Rc::make_mut(&mut rated.ratings);
        ratings.resize(self.slots.len(), Rating::Unknown);
        let mut possible = Vec::with_capacity(limit);
        for number in self.from(first) {
            // A node that is gone keeps its number, and has no rating.
            if matches!(ratings[number], Rating::Unknown)
                && let Some(node) = self.at(number)
            {
                let refused = !objections(wishes, &Neighbours::default(), node).is_empty();
                ratings[number] = if refused { Rating::Refused } else { Rating::Possible(worth(wishes, node)) };
            }
            if let Rating::Possible(worth) = ratings[number] {
                possible.push((number, worth));
                if possible.len() == limit {
                    break;
                }
            }
        }
        self.rated.insert(0, rated);
        possible
    }
}
