//! A persistent map for look-ups only.

use crate::base::hash::Fnv64;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// How many entries a bucket has on average before their number is doubled.
const BUCKET: usize = 8;

type Bucket<K, V> = Rc<Vec<(K, V)>>;

/// A persistent map for look-ups only: shared buckets by hash. It cannot be iterated, as its order means nothing.
pub struct PLookup<K, V> {
    /// A power of two of them, or none.
    buckets: Rc<Vec<Bucket<K, V>>>,
    len: usize,
}

fn hash<Q: Hash + ?Sized>(key: &Q) -> usize {
    let mut hasher = Fnv64::default();
    key.hash(&mut hasher);
    // The low half is enough for every number of buckets that fits into a tab.
    usize::try_from(hasher.finish() & 0xffff_ffff).unwrap_or_default()
}

impl<K: Hash + Eq, V> PLookup<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bucket of a key and, if it is there, its place in it. The number of the bucket means nothing as long as there are none.
    fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> (usize, Option<usize>)
    where
        K: Borrow<Q>,
    {
        let bucket = hash(key) & self.buckets.len().wrapping_sub(1);
        let place =
            self.buckets.get(bucket).and_then(|entries| entries.iter().position(|(known, _)| known.borrow() == key));
        (bucket, place)
    }

    /// The value of a key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (bucket, place) = self.find(key);
        place.map(|place| &self.buckets[bucket][place].1)
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
    fn bucket_mut(&mut self, bucket: usize) -> &mut Vec<(K, V)> {
        Rc::make_mut(&mut Rc::make_mut(&mut self.buckets)[bucket])
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (bucket, place) = self.find(key);
        place.map(|place| &mut self.bucket_mut(bucket)[place].1)
    }

    /// Sets the value of a key, and returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            (bucket, Some(place)) => Some(std::mem::replace(&mut self.bucket_mut(bucket)[place].1, value)),
            (bucket, None) => {
                self.add(bucket, key, value);
                None
            }
        }
    }

    /// The value of a key, to be changed; the default one if there was none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let (bucket, place) = match self.find(&key) {
            (bucket, Some(place)) => (bucket, place),
            (bucket, None) => self.add(bucket, key, V::default()),
        };
        &mut self.bucket_mut(bucket)[place].1
    }

    /// Adds an entry whose key is not there, and says where it then is.
    fn add(&mut self, bucket: usize, key: K, value: V) -> (usize, usize) {
        let bucket = if self.len >= self.buckets.len() * BUCKET {
            self.double();
            hash(&key) & (self.buckets.len() - 1)
        } else {
            bucket
        };
        self.len += 1;
        let entries = self.bucket_mut(bucket);
        entries.push((key, value));
        (bucket, entries.len() - 1)
    }

    fn double(&mut self) {
        let count = (self.buckets.len() * 2).max(1);
        let mut buckets: Vec<Vec<(K, V)>> = (0..count).map(|_| Vec::new()).collect();
        for (key, value) in self.buckets.iter().flat_map(|bucket| bucket.iter()) {
            buckets[hash(key) & (count - 1)].push((key.clone(), value.clone()));
        }
        self.buckets = Rc::new(buckets.into_iter().map(Rc::new).collect());
    }

    /// Removes a key, and returns its value.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (bucket, place) = self.find(key);
        let place = place?;
        self.len -= 1;
        Some(self.bucket_mut(bucket).swap_remove(place).1)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        for bucket in Rc::make_mut(&mut self.buckets) {
            if !bucket.iter().all(|(key, value)| keep(key, value)) {
                Rc::make_mut(bucket).retain(|(key, value)| keep(key, value));
            }
        }
        self.len = self.buckets.iter().map(|bucket| bucket.len()).sum();
    }
}

impl<K, V> Clone for PLookup<K, V> {
    fn clone(&self) -> Self {
        PLookup { buckets: self.buckets.clone(), len: self.len }
    }
}

impl<K, V> Default for PLookup<K, V> {
    fn default() -> Self {
        PLookup { buckets: Rc::default(), len: 0 }
    }
}

impl<K: Hash + Eq, V: PartialEq> PartialEq for PLookup<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len
            && self.buckets.iter().flat_map(|bucket| bucket.iter()).all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Hash + Eq, V> fmt::Debug for PLookup<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PLookup of {}", self.len)
    }
}
