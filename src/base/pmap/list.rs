//! A persistent vector that grows at its end and is forgotten from its front.

use std::fmt;
use std::rc::Rc;

/// How many items lie in one chunk.
const CHUNK: usize = 64;

/// A persistent vector: chunks of [`CHUNK`] items, the last one with what there is.
pub struct PVec<V> {
    chunks: Rc<Vec<Rc<Vec<V>>>>,
    /// How many items of the first chunk are forgotten.
    start: usize,
    len: usize,
}

impl<V> PVec<V> {
    /// An empty vector.
    pub fn new() -> Self {
        PVec { chunks: Rc::default(), start: 0, len: 0 }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The item at a place.
    pub fn get(&self, place: usize) -> Option<&V> {
        if place >= self.len {
            return None;
        }
        let place = self.start + place;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// The first item.
    pub fn front(&self) -> Option<&V> {
        self.get(0)
    }

    /// The last item.
    pub fn last(&self) -> Option<&V> {
        self.get(self.len.checked_sub(1)?)
    }

    /// The items in order.
    pub fn iter(&self) -> Iter<'_, V> {
        self.iter_from(0)
    }

    /// The items from a place on: nothing before it is visited.
    pub fn iter_from(&self, place: usize) -> Iter<'_, V> {
        Iter { list: self, front: place.min(self.len), back: self.len }
    }

    /// The first place whose item `before` does not hold for, when it holds for all before it.
    pub fn partition_point(&self, mut before: impl FnMut(&V) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(&mut before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl<V: Clone> PVec<V> {
    /// The item at a place, to be changed.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut V> {
        if place >= self.len {
            return None;
        }
        let place = self.start + place;
        let chunk = Rc::make_mut(&mut self.chunks).get_mut(place / CHUNK)?;
        Rc::make_mut(chunk).get_mut(place % CHUNK)
    }

    /// Adds an item at the end.
    pub fn push_back(&mut self, item: V) {
        let chunks = Rc::make_mut(&mut self.chunks);
        match chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Rc::make_mut(last).push(item),
            _ => chunks.push(Rc::new(vec![item])),
        }
        self.len += 1;
    }

    /// Forgets the first `count` items.
    pub fn forget(&mut self, count: usize) {
        let count = count.min(self.len);
        self.len -= count;
        self.start += count;
        let whole = self.start / CHUNK;
        if whole > 0 {
            Rc::make_mut(&mut self.chunks).drain(..whole);
            self.start %= CHUNK;
        }
    }

    /// Forgets the first item.
    pub fn pop_front(&mut self) {
        self.forget(1);
    }

    /// Keeps the first `len` items.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        let end = self.start + len;
        let chunks = Rc::make_mut(&mut self.chunks);
        chunks.truncate(end.div_ceil(CHUNK));
        if let Some(last) = chunks.get_mut(end / CHUNK) {
            Rc::make_mut(last).truncate(end % CHUNK);
        }
    }
}

/// Items of a vector, from both ends.
pub struct Iter<'a, V> {
    list: &'a PVec<V>,
    front: usize,
    back: usize,
}

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        Iter { ..*self }
    }
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = &'a V;

    fn next(&mut self) -> Option<&'a V> {
        let item = if self.front < self.back { self.list.get(self.front) } else { None };
        self.front += 1;
        item
    }

    fn nth(&mut self, skipped: usize) -> Option<&'a V> {
        self.front = self.front.saturating_add(skipped).min(self.back);
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.back.saturating_sub(self.front);
        (left, Some(left))
    }
}

impl<V> DoubleEndedIterator for Iter<'_, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back -= 1;
        self.list.get(self.back)
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}

impl<'a, V> IntoIterator for &'a PVec<V> {
    type Item = &'a V;
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<V: Clone> Extend<V> for PVec<V> {
    fn extend<I: IntoIterator<Item = V>>(&mut self, items: I) {
        for item in items {
            self.push_back(item);
        }
    }
}

impl<V: Clone> FromIterator<V> for PVec<V> {
    fn from_iter<I: IntoIterator<Item = V>>(items: I) -> Self {
        let mut list = PVec::new();
        list.extend(items);
        list
    }
}

impl<V> Clone for PVec<V> {
    fn clone(&self) -> Self {
        PVec { chunks: self.chunks.clone(), start: self.start, len: self.len }
    }
}

impl<V> Default for PVec<V> {
    fn default() -> Self {
        PVec::new()
    }
}

impl<V: PartialEq> PartialEq for PVec<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<V: fmt::Debug> fmt::Debug for PVec<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
