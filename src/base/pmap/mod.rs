//! Persistent maps, sets and vectors: cloning one costs a counter, changing a clone copies only what changes.
//!
//! They are what makes a snapshot of the whole cluster cheap. Each is a list of shared chunks: two levels, so that the code of one
//! type is a few hundred bytes. (imbl's B-trees did the same at 12 kB of wasm for each pair of types, half a megabyte in all.)
//! Start with [`map`]; [`lookup`] is its unordered sibling.

mod list;
mod lookup;
mod map;
mod set;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

pub use list::PVec;
pub use lookup::PLookup;
pub use map::PMap;
pub use set::PSet;
