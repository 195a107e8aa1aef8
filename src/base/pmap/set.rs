//! An ordered persistent set: a map to nothing.

use super::PMap;
use std::borrow::Borrow;
use std::fmt;
use std::ops::RangeBounds;

/// An ordered persistent set.
#[derive(PartialEq, Eq)]
pub struct PSet<K>(PMap<K, ()>);

impl<K> PSet<K> {
    /// An empty set.
    pub fn new() -> Self {
        PSet(PMap::new())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All in order.
    pub fn iter(&self) -> Iter<'_, K> {
        Iter(self.0.iter())
    }

    /// The first.
    pub fn get_min(&self) -> Option<&K> {
        self.iter().next()
    }

    /// The last.
    pub fn get_max(&self) -> Option<&K> {
        self.iter().next_back()
    }
}

impl<K: Ord> PSet<K> {
    /// Whether it is in the set.
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// Those in a range, in order.
    pub fn range<Q: Ord + ?Sized, R: RangeBounds<Q>>(&self, range: R) -> Iter<'_, K>
    where
        K: Borrow<Q>,
    {
        Iter(self.0.range(range))
    }
}

impl<K: Ord + Clone> PSet<K> {
    /// Adds one; says whether it is new.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Removes one; says whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.remove(key).is_some()
    }

    /// Keeps those for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.0.retain(|key, ()| keep(key));
    }
}

/// Members of a set in order, from both ends.
pub struct Iter<'a, K>(super::map::Iter<'a, K, ()>);

impl<K> Clone for Iter<'_, K> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<'a, K> Iterator for Iter<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K> DoubleEndedIterator for Iter<'_, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, ())| key)
    }
}

impl<'a, K> IntoIterator for &'a PSet<K> {
    type Item = &'a K;
    type IntoIter = Iter<'a, K>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Clone> IntoIterator for PSet<K> {
    type Item = K;
    type IntoIter = std::vec::IntoIter<K>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().cloned().collect::<Vec<_>>().into_iter()
    }
}

impl<K: Ord + Clone> Extend<K> for PSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Ord + Clone> FromIterator<K> for PSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = PSet::new();
        set.extend(keys);
        set
    }
}

impl<K> Clone for PSet<K> {
    fn clone(&self) -> Self {
        PSet(self.0.clone())
    }
}

impl<K> Default for PSet<K> {
    fn default() -> Self {
        PSet::new()
    }
}

impl<K: fmt::Debug> fmt::Debug for PSet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
