//! A persistent map for look-ups only.

use crate::base::hash::Fnv64;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// How many entries a bucket has on average before their number is doubled.
const BUCKET: usize = 4;

type Bucket<K, V> = Rc<Vec<(u32, K, V)>>;

/// A persistent map for look-ups only: shared buckets by hash. It cannot be iterated, as its order means nothing.
pub struct PLookup<K, V> {
    /// A power of two of them, or none. With each entry stands the hash of its key, so that another key is seldom looked at.
    buckets: Rc<Vec<Bucket<K, V>>>,
    len: usize,
}

fn hash<Q: Hash + ?Sized>(key: &Q) -> u32 {
    let mut hasher = Fnv64::default();
    key.hash(&mut hasher);
    // The low half is enough for every number of buckets that fits into a tab.
    u32::try_from(hasher.finish() & 0xffff_ffff).unwrap_or_default()
}

/// The bucket of a hash, when there are so many. It means nothing as long as there are none.
fn bucket(hash: u32, count: usize) -> usize {
    usize::try_from(hash).unwrap_or_default() & count.wrapping_sub(1)
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

    /// The hash of a key and, if it is there, its bucket and its place in that.
    fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> (u32, Option<(usize, usize)>)
    where
        K: Borrow<Q>,
    {
        let hash = hash(key);
        let bucket = bucket(hash, self.buckets.len());
        let is = |(known, other, _): &(u32, K, V)| *known == hash && other.borrow() == key;
        (hash, self.buckets.get(bucket).and_then(|entries| Some((bucket, entries.iter().position(is)?))))
    }

    /// The value of a key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (bucket, place) = self.find(key).1?;
        Some(&self.buckets[bucket][place].2)
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
    fn bucket_mut(&mut self, bucket: usize) -> &mut Vec<(u32, K, V)> {
        Rc::make_mut(&mut Rc::make_mut(&mut self.buckets)[bucket])
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (bucket, place) = self.find(key).1?;
        Some(&mut self.bucket_mut(bucket)[place].2)
    }

    /// Sets the value of a key, and returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            (_, Some((bucket, place))) => Some(std::mem::replace(&mut self.bucket_mut(bucket)[place].2, value)),
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
        let (bucket, place) = match self.find(&key) {
            (_, Some(found)) => found,
            (hash, None) => self.add(hash, key, V::default()),
        };
        &mut self.bucket_mut(bucket)[place].2
    }

    /// Adds an entry whose key is not there, and says where it then is.
    fn add(&mut self, hash: u32, key: K, value: V) -> (usize, usize) {
        if self.len >= self.buckets.len() * BUCKET {
            self.double();
        }
        self.len += 1;
        let bucket = bucket(hash, self.buckets.len());
        let entries = self.bucket_mut(bucket);
        entries.push((hash, key, value));
        (bucket, entries.len() - 1)
    }

    fn double(&mut self) {
        let count = (self.buckets.len() * 2).max(1);
        let mut buckets: Vec<Vec<(u32, K, V)>> = (0..count).map(|_| Vec::new()).collect();
        for old in Rc::unwrap_or_clone(std::mem::take(&mut self.buckets)) {
            for entry in Rc::unwrap_or_clone(old) {
                buckets[bucket(entry.0, count)].push(entry);
            }
        }
        self.buckets = Rc::new(buckets.into_iter().map(Rc::new).collect());
    }

    /// Removes a key, and returns its value.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (bucket, place) = self.find(key).1?;
        self.len -= 1;
        Some(self.bucket_mut(bucket).swap_remove(place).2)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        for bucket in Rc::make_mut(&mut self.buckets) {
            if !bucket.iter().all(|(_, key, value)| keep(key, value)) {
                Rc::make_mut(bucket).retain(|(_, key, value)| keep(key, value));
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
            && self.buckets.iter().flat_map(|bucket| bucket.iter()).all(|(_, key, value)| other.get(key) == Some(value))
    }
}

impl<K: Hash + Eq, V> fmt::Debug for PLookup<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PLookup of {}", self.len)
    }
}
