//! A persistent map for look-ups only.

use crate::base::hash::Fnv64;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// How many places lie in one chunk. More, and the maps of two snapshots share less.
const CHUNK: usize = 16;

/// With each entry stands the hash of its key, so that another key is seldom looked at.
type Place<K, V> = Option<(u32, K, V)>;

type Chunk<K, V> = Rc<[Place<K, V>; CHUNK]>;

/// A persistent map for look-ups only. It cannot be iterated, as its order means nothing.
///
/// A table with open addressing (an entry stands at the place that its hash names, or at the next free one), cut into chunks
/// that are shared: in a large map nearly all of the cost of a look-up is memory that is far away, and here that is one piece.
pub struct PLookup<K, V> {
    /// A power of two of them, or none.
    chunks: Rc<Vec<Chunk<K, V>>>,
    len: usize,
}

fn hash<Q: Hash + ?Sized>(key: &Q) -> u32 {
    let mut hasher = Fnv64::default();
    key.hash(&mut hasher);
    // The low half is enough for every number of places that fits into a tab.
    u32::try_from(hasher.finish() & 0xffff_ffff).unwrap_or_default()
}

/// The place that a hash names, if there are so many less one. It means nothing as long as there are none.
fn home(hash: u32, last: usize) -> usize {
    usize::try_from(hash).unwrap_or_default() & last
}

impl<K, V> PLookup<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The last place.
    fn last(&self) -> usize {
        (self.chunks.len() * CHUNK).wrapping_sub(1)
    }

    fn at(&self, place: usize) -> Option<&(u32, K, V)> {
        self.chunks.get(place / CHUNK)?[place % CHUNK].as_ref()
    }
}

impl<K: Hash + Eq, V> PLookup<K, V> {
    /// The hash of a key and its place, if it is there.
    fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> (u32, Option<usize>)
    where
        K: Borrow<Q>,
    {
        let (hash, last) = (hash(key), self.last());
        let mut place = home(hash, last);
        // There is always a free place.
        while let Some((known, other, _)) = self.at(place) {
            if *known == hash && other.borrow() == key {
                return (hash, Some(place));
            }
            place = (place + 1) & last;
        }
        (hash, None)
    }

    /// The value of a key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).1?;
        self.at(place).map(|(_, _, value)| value)
    }

    /// Whether there is such a key.
    pub fn contains_key<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).1.is_some()
    }
}

impl<K: Hash + Eq + Clone, V: Clone> PLookup<K, V> {
    fn place_mut(&mut self, place: usize) -> &mut Place<K, V> {
        &mut Rc::make_mut(&mut Rc::make_mut(&mut self.chunks)[place / CHUNK])[place % CHUNK]
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).1?;
        self.place_mut(place).as_mut().map(|(_, _, value)| value)
    }

    /// Sets the value of a key, and returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            (_, Some(place)) => self.place_mut(place).as_mut().map(|(_, _, present)| std::mem::replace(present, value)),
            (hash, None) => {
                self.add(hash, key, value);
                None
            }
        }
    }

    /// The value of a key, to be changed; the default one if there was none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let (hash, found) = self.find(&key);
        match found {
            Some(place) => &mut self.place_mut(place).get_or_insert_with(|| (hash, key, V::default())).2,
            None => self.add(hash, key, V::default()),
        }
    }

    /// Adds an entry whose key is not there.
    fn add(&mut self, hash: u32, key: K, value: V) -> &mut V {
        // A quarter of the places stays free, so that the next free one is near.
        if self.len * 4 >= self.chunks.len() * CHUNK * 3 {
            self.double();
        }
        self.len += 1;
        let last = self.last();
        let mut place = home(hash, last);
        while self.at(place).is_some() {
            place = (place + 1) & last;
        }
        &mut self.place_mut(place).insert((hash, key, value)).2
    }

    fn double(&mut self) {
        let count = (self.chunks.len() * 2).max(1);
        let mut places: Vec<[Place<K, V>; CHUNK]> = (0..count).map(|_| [const { None }; CHUNK]).collect();
        let last = count * CHUNK - 1;
        for entry in self.take() {
            let mut place = home(entry.0, last);
            while places[place / CHUNK][place % CHUNK].is_some() {
                place = (place + 1) & last;
            }
            places[place / CHUNK][place % CHUNK] = Some(entry);
        }
        self.chunks = Rc::new(places.into_iter().map(Rc::new).collect());
    }

    /// Takes all entries out.
    fn take(&mut self) -> impl Iterator<Item = (u32, K, V)> + use<K, V> {
        let chunks = Rc::unwrap_or_clone(std::mem::take(&mut self.chunks));
        chunks.into_iter().flat_map(Rc::unwrap_or_clone).flatten()
    }

    /// Removes a key, and returns its value.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut free = self.find(key).1?;
        self.len -= 1;
        let (_, _, value) = self.place_mut(free).take()?;
        // What stood further on because this place was taken moves up.
        let last = self.last();
        let mut place = (free + 1) & last;
        while let Some((hash, ..)) = self.at(place) {
            let strayed = place.wrapping_sub(home(*hash, last)) & last;
            if strayed >= place.wrapping_sub(free) & last {
                let moved = self.place_mut(place).take();
                *self.place_mut(free) = moved;
                free = place;
            }
            place = (place + 1) & last;
        }
        Some(value)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut kept = PLookup::default();
        for (hash, key, value) in self.take() {
            if keep(&key, &value) {
                kept.add(hash, key, value);
            }
        }
        *self = kept;
    }
}

impl<K, V> Clone for PLookup<K, V> {
    fn clone(&self) -> Self {
        PLookup { chunks: self.chunks.clone(), len: self.len }
    }
}

impl<K, V> Default for PLookup<K, V> {
    fn default() -> Self {
        PLookup { chunks: Rc::default(), len: 0 }
    }
}

impl<K: Hash + Eq, V: PartialEq> PartialEq for PLookup<K, V> {
    fn eq(&self, other: &Self) -> bool {
        let mut entries = self.chunks.iter().flat_map(|chunk| chunk.iter()).flatten();
        self.len == other.len && entries.all(|(_, key, value)| other.get(key) == Some(value))
    }
}

impl<K: Hash + Eq, V> fmt::Debug for PLookup<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PLookup of {}", self.len)
    }
}
