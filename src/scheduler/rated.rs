//! What each node is to a pod with certain wishes: worked out when it is first asked, and forgotten when the node changes.
//!
//! Pods of one template come one after the other, and the pods of most templates wish for the same: of five thousand nodes
//! only the one that took the last pod has to be looked at again.

use super::filter::{Neighbours, NodeInfo, PodInfo, objections};
use super::score::{Parts, parts};
use crate::base::Str;
use std::rc::Rc;

/// A node that can take the pod, but for what the pods on other nodes mean.
#[derive(Clone, Copy, Debug)]
pub struct Possible {
    /// Its number.
    pub number: usize,
    /// What its score is made of.
    pub parts: Parts,
    /// Whether it has the label by which pods are spread.
    pub has_hostname: bool,
    /// Its zone, by number.
    pub zone: Option<u32>,
}

/// The nodes as pods with certain wishes see them.
#[derive(Clone, Default)]
pub struct Rated {
    wishes: Rc<PodInfo>,
    /// By the nodes' numbers; nothing for one that has not been looked at, and in it nothing for one that is not possible.
    nodes: Rc<Vec<Option<Option<Possible>>>>,
    zones: Vec<Str>,
}

impl Rated {
    /// From now on pods with these wishes ask.
    pub fn ask_for(&mut self, wishes: &Rc<PodInfo>) {
        if !Rc::ptr_eq(&self.wishes, wishes) && self.wishes != *wishes {
            self.nodes = Rc::default();
        }
        self.wishes = wishes.clone();
    }

    /// The node has changed.
    pub fn forget(&mut self, number: usize) {
        if self.nodes.get(number).is_some_and(Option::is_some) {
            Rc::make_mut(&mut self.nodes)[number] = None;
        }
    }

    /// The node of this number, if it can take the pod.
    pub fn possible<'a>(&mut self, number: usize, node: impl FnOnce() -> Option<&'a NodeInfo>) -> Option<Possible> {
        if let Some(known) = self.nodes.get(number).copied().flatten() {
            return known;
        }
        let node = node().filter(|node| objections(&self.wishes, &Neighbours::default(), node).is_empty());
        let possible = node.map(|node| Possible {
            number,
            parts: parts(&self.wishes, node),
            has_hostname: node.has_hostname,
            zone: node.zone.as_ref().map(|zone| self.zone(zone)),
        });
        let nodes = Rc::make_mut(&mut self.nodes);
        if nodes.len() <= number {
            nodes.resize(number + 1, None);
        }
        nodes[number] = Some(possible);
        possible
    }

    fn zone(&mut self, zone: &Str) -> u32 {
        let place = self.zones.iter().position(|known| known == zone).unwrap_or_else(|| {
            self.zones.push(zone.clone());
            self.zones.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}
