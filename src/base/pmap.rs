//! Persistent maps and vectors: cloning one costs a counter, changing a clone copies only the path that changes.
//!
//! They are what makes a snapshot of the whole cluster cheap. (imbl's B-trees with `Rc` links.)

/// An ordered persistent map.
pub type PMap<K, V> = imbl::GenericOrdMap<K, V, imbl::shared_ptr::RcK>;

/// An ordered persistent set.
pub type PSet<K> = imbl::GenericOrdSet<K, imbl::shared_ptr::RcK>;

/// A persistent vector.
pub type PVec<V> = imbl::GenericVector<V, imbl::shared_ptr::RcK>;

/// A persistent map for look-ups only. Its order means nothing: never iterate it into a result.
pub type PLookup<K, V> =
    imbl::GenericHashMap<K, V, std::hash::BuildHasherDefault<super::hash::Fnv64>, imbl::shared_ptr::RcK>;
