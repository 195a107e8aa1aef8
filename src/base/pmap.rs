//! Persistent maps and vectors: cloning one costs a counter, changing a clone copies only the path that changes.
//!
//! They are what makes a snapshot of the whole cluster cheap. (imbl's B-trees with `Rc` links.)

/// An ordered persistent map.
pub type PMap<K, V> = imbl::GenericOrdMap<K, V, imbl::shared_ptr::RcK>;

/// An ordered persistent set.
pub type PSet<K> = imbl::GenericOrdSet<K, imbl::shared_ptr::RcK>;

/// A persistent vector.
pub type PVec<V> = imbl::GenericVector<V, imbl::shared_ptr::RcK>;
