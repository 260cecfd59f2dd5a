//! Who manages which fields: field sets over the object tree, the merge of server-side apply, and what a write does to the
//! managers of an object (`sigs.k8s.io/structured-merge-diff`, `apimachinery/pkg/util/managedfields`). Pure.

mod element;
mod entries;
mod set;
mod typed;
mod update;
mod walk;

pub use element::{Element, show};
pub use entries::{Managed, Manager, is_reset};
pub use set::Set;
pub use typed::Ty;
pub use update::{ApplyError, Change, Filter, Writer, apply, from_scale, to_scale, update};
pub use walk::{Comparison, atomics, compare, fields_of, merge, remove, validate};

#[cfg(test)]
mod tests;
