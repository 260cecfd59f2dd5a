//! Ordered maps, sets and sorting whose every use is little code. The standard library's take 3 to 12 KB of WebAssembly for
//! each type that they hold; these take a few hundred bytes. [`SortedMap`] and [`SortedSet`] are for what stays small
//! (hundreds of entries, or thousands of small ones): inserting moves what stands behind. What grows with the cluster
//! stays in the standard library's, under a [`Key`] where it is searched by name.

mod key;
mod map;
mod set;
mod sort;

pub use key::Key;
pub use map::{Entry, SortedMap};
pub use set::SortedSet;
pub use sort::Arrange;
