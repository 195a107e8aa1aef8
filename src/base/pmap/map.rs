//! An ordered persistent map.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::rc::Rc;

/// A leaf is cut in two when it is larger than this and than half the number of leaves: in a large map fewer, longer leaves keep
/// the copy of the list of leaves short.
const LEAF: usize = 48;

type Leaf<K, V> = Rc<Vec<(K, V)>>;

/// An ordered persistent map: sorted leaves, none of them empty.
pub struct PMap<K, V> {
    /// Each with its first key, so that no leaf is looked at but the right one.
    leaves: Rc<Vec<(K, Leaf<K, V>)>>,
    len: usize,
}

/// A place in a map: leaf and entry. The end is `(leaves, 0)`.
type Place = (usize, usize);

impl<K, V> PMap<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        PMap { leaves: Rc::new(Vec::new()), len: 0 }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All entries in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { leaves: &self.leaves, front: (0, 0), back: (self.leaves.len(), 0), left: self.len }
    }

    /// All keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.iter().map(|(key, _)| key)
    }

    /// All values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }

    /// The first entry.
    pub fn get_min(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The last entry.
    pub fn get_max(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }
}

impl<K: Ord, V> PMap<K, V> {
    /// Where a key is (`Ok`) or belongs (`Err`).
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        // The last leaf that begins at or before the key. Loops by hand: the code for small size that the page is built as calls
        // a closure for each step of those of the library.
        let (mut low, mut high) = (0, self.leaves.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.leaves[middle].0.borrow().cmp(key) {
                Ordering::Greater => high = middle,
                Ordering::Less | Ordering::Equal => low = middle + 1,
            }
        }
        let Some(at) = low.checked_sub(1) else { return Err((0, 0)) };
        let leaf = &self.leaves[at].1;
        let (mut low, mut high) = (0, leaf.len());
        while low < high {
            let middle = (low + high) / 2;
            match leaf[middle].0.borrow().cmp(key) {
                Ordering::Greater => high = middle,
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok((at, middle)),
            }
        }
        Err((at, low))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (leaf, entry) = self.find(key).ok()?;
        Some(&self.leaves[leaf].1[entry].1)
    }

    /// Whether there is such a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// The entries whose keys lie in a range, in order.
    pub fn range<Q: Ord + ?Sized, R: RangeBounds<Q>>(&self, range: R) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let place = |key: &Q, behind: bool| match self.find(key) {
            Ok((leaf, entry)) => (leaf, entry + usize::from(behind)),
            Err(place) => place,
        };
        let front = match range.start_bound() {
            Bound::Included(key) => place(key, false),
            Bound::Excluded(key) => place(key, true),
            Bound::Unbounded => (0, 0),
        };
        let back = match range.end_bound() {
            Bound::Included(key) => place(key, true),
            Bound::Excluded(key) => place(key, false),
            Bound::Unbounded => (self.leaves.len(), 0),
        };
        Iter { leaves: &self.leaves, front, back, left: usize::MAX }
    }
}

impl<K: Ord + Clone, V: Clone> PMap<K, V> {
    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (leaf, entry) = self.find(key).ok()?;
        Some(&mut Rc::make_mut(&mut Rc::make_mut(&mut self.leaves)[leaf].1)[entry].1)
    }

    /// Sets the value of a key, and returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok((leaf, entry)) => {
                let slot = &mut Rc::make_mut(&mut Rc::make_mut(&mut self.leaves)[leaf].1)[entry].1;
                Some(std::mem::replace(slot, value))
            }
            Err(place) => {
                self.insert_at(place, key, value);
                None
            }
        }
    }

    /// The value of a key, to be changed; the default one if there was none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let (leaf, entry) = match self.find(&key) {
            Ok(place) => place,
            Err(place) => self.insert_at(place, key, V::default()),
        };
        &mut Rc::make_mut(&mut Rc::make_mut(&mut self.leaves)[leaf].1)[entry].1
    }

    /// Puts a new entry where it belongs, and says where it then is.
    fn insert_at(&mut self, (at, entry): Place, key: K, value: V) -> Place {
        self.len += 1;
        let leaves = Rc::make_mut(&mut self.leaves);
        let most = LEAF.max(leaves.len() / 2);
        let last = at + 1 >= leaves.len();
        let Some((first, leaf)) = leaves.get_mut(at) else {
            leaves.push((key.clone(), Rc::new(vec![(key, value)])));
            return (at, 0);
        };
        if leaf.len() < most {
            if entry == 0 {
                *first = key.clone();
            }
            Rc::make_mut(leaf).insert(entry, (key, value));
            return (at, entry);
        }
        // Ascending keys leave full leaves behind them.
        if last && entry == leaf.len() {
            leaves.push((key.clone(), Rc::new(vec![(key, value)])));
            return (at + 1, 0);
        }
        if entry == 0 {
            *first = key.clone();
        }
        let leaf = Rc::make_mut(leaf);
        let half = leaf.len() / 2;
        let mut upper = leaf.split_off(half);
        let place = if entry <= half {
            leaf.insert(entry, (key, value));
            (at, entry)
        } else {
            upper.insert(entry - half, (key, value));
            (at + 1, entry - half)
        };
        let middle = upper.first().map(|(first, _)| first.clone());
        leaves.splice(at + 1..at + 1, middle.map(|first| (first, Rc::new(upper))));
        place
    }

    /// Removes a key, and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (at, entry) = self.find(key).ok()?;
        self.len -= 1;
        let leaves = Rc::make_mut(&mut self.leaves);
        let (first, leaf) = &mut leaves[at];
        let leaf = Rc::make_mut(leaf);
        let (_, value) = leaf.remove(entry);
        let small = leaf.len();
        if let Some((key, _)) = leaf.first().filter(|_| entry == 0) {
            *first = key.clone();
        }
        if small == 0 {
            leaves.remove(at);
        } else if small < LEAF / 4 && leaves.get(at + 1).is_some_and(|(_, next)| next.len() < LEAF / 2) {
            let (_, next) = leaves.remove(at + 1);
            Rc::make_mut(&mut leaves[at].1).extend(Rc::unwrap_or_clone(next));
        }
        Some(value)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        *self = std::mem::take(self).into_iter().filter(|(key, value)| keep(key, value)).collect();
    }
}

/// Entries of a map in order, from both ends.
pub struct Iter<'a, K, V> {
    leaves: &'a [(K, Leaf<K, V>)],
    front: Place,
    back: Place,
    /// How many are left, at most.
    left: usize,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Iter { ..*self }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        while self.front < self.back {
            let (leaf, entry) = self.front;
            if let Some((key, value)) = self.leaves.get(leaf)?.1.get(entry) {
                self.front = (leaf, entry + 1);
                self.left = self.left.saturating_sub(1);
                return Some((key, value));
            }
            self.front = (leaf + 1, 0);
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.left {
            usize::MAX => (0, None),
            left => (left, Some(left)),
        }
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        while self.front < self.back {
            let (leaf, entry) = self.back;
            match entry.checked_sub(1) {
                Some(entry) => {
                    self.back = (leaf, entry);
                    self.left = self.left.saturating_sub(1);
                    return self.leaves.get(leaf)?.1.get(entry).map(|(key, value)| (key, value));
                }
                None => self.back = (leaf.checked_sub(1)?, self.leaves.get(leaf - 1)?.1.len()),
            }
        }
        None
    }
}

/// Of a whole map; a range does not know how long it is and is not asked.
impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<'a, K, V> IntoIterator for &'a PMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Clone, V: Clone> IntoIterator for PMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>().into_iter()
    }
}

impl<K: Ord + Clone, V: Clone> Extend<(K, V)> for PMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for PMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = PMap::new();
        map.extend(entries);
        map
    }
}

impl<K, V> Clone for PMap<K, V> {
    fn clone(&self) -> Self {
        PMap { leaves: self.leaves.clone(), len: self.len }
    }
}

impl<K, V> Default for PMap<K, V> {
    fn default() -> Self {
        PMap::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for PMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && (Rc::ptr_eq(&self.leaves, &other.leaves) || self.iter().eq(other.iter()))
    }
}

impl<K: Eq, V: Eq> Eq for PMap<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for PMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
