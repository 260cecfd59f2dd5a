//! Which slices were written and not yet seen (upstream's `endpointslice_tracker.go`, by resource version).

use crate::apimachinery::Value;
use crate::collections::SortedMap;

/// A slice as last written: its revision, or that it is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Revision(u64),
    Deletion,
}

/// What was written, per service.
#[derive(Clone, Debug, Default)]
pub struct SliceTracker(SortedMap<String, SortedMap<String, Expected>>);

fn revision(slice: &Value) -> u64 {
    slice.resource_version().parse().unwrap_or(0)
}

impl SliceTracker {
    /// A slice was written.
    pub fn update(&mut self, service: &str, slice: &Value) {
        let slices = self.0.entry(service.to_owned()).or_default();
        slices.insert(slice.uid().to_owned(), Expected::Revision(revision(slice)));
    }

    /// A slice was deleted by us.
    pub fn expect_deletion(&mut self, service: &str, slice: &Value) {
        let slices = self.0.entry(service.to_owned()).or_default();
        slices.insert(slice.uid().to_owned(), Expected::Deletion);
    }

    /// A slice was seen to go; says whether that was not expected.
    pub fn deleted(&mut self, service: &str, slice: &Value) -> bool {
        let expected = self.0.get_mut(service).and_then(|s| s.remove(slice.uid()));
        expected != Some(Expected::Deletion)
    }

    /// Whether a slice is newer than what we wrote, or not known.
    pub fn is_newer(&self, service: &str, slice: &Value) -> bool {
        match self.0.get(service).and_then(|s| s.get(slice.uid())) {
            Some(Expected::Revision(r)) => revision(slice) > *r,
            Some(Expected::Deletion) => false,
            None => true,
        }
    }

    /// Whether the slices seen are not yet those that were written.
    pub fn is_stale(&self, service: &str, seen: &[Value]) -> bool {
        let Some(expected) = self.0.get(service) else {
            return false;
        };
        expected.iter().any(|(uid, e)| {
            let slice = seen.iter().find(|s| s.uid() == uid);
            match (e, slice) {
                (Expected::Revision(r), Some(s)) => revision(s) < *r,
                (Expected::Revision(_), None) | (Expected::Deletion, Some(_)) => true,
                (Expected::Deletion, None) => false,
            }
        })
    }

    /// Forgets a service.
    pub fn delete(&mut self, service: &str) {
        self.0.remove(service);
    }
}
