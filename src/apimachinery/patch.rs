//! The patches of the API: JSON patch (RFC 6902), JSON merge patch (RFC 7386) and strategic merge patch, and how kubectl makes them.

mod diff;
mod json;
mod order;
mod strategic;

pub use diff::{
    create_three_way_json_merge_patch, create_three_way_merge_patch,
    create_two_way_json_merge_patch, create_two_way_merge_patch,
};
pub use json::{json_patch, merge_patch};
pub use strategic::strategic_merge_patch;

use super::status::Status;
use std::fmt;

/// The most operations that the API server takes in one JSON patch.
pub const MAX_OPERATIONS: usize = 10_000;

/// Why a patch could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchError {
    /// The patch itself is malformed.
    Malformed(String),
    /// There are too many operations.
    TooLarge(String),
    /// A JSON patch does not fit the object (a test failed, a path is missing).
    Rejected(String),
    /// A strategic merge does not fit the object.
    Failed(String),
}

impl PatchError {
    /// The answer of the API server, which keeps the reason of a rejected JSON patch to itself.
    pub fn status(&self) -> Status {
        match self {
            PatchError::Malformed(m) => Status::bad_request(m),
            PatchError::TooLarge(m) => Status::request_entity_too_large(m),
            PatchError::Rejected(_) => Status::failure(
                422,
                "Invalid",
                "the server rejected our request due to an error in our request",
            )
            .with_details("", "", ""),
            PatchError::Failed(m) => Status::unknown(m),
        }
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatchError::Malformed(m)
            | PatchError::TooLarge(m)
            | PatchError::Rejected(m)
            | PatchError::Failed(m) => f.write_str(m),
        }
    }
}

impl std::error::Error for PatchError {}

#[cfg(test)]
mod tests;
