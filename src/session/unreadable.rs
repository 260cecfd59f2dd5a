//! Why a record cannot be read, in words for those who have it from a file, and in parts for the page, which has its own words.

use super::record::{LARGEST, NEWEST};
use std::fmt;

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It has more bytes than are read.
    TooLarge,
    /// It is something else.
    Foreign,
    /// It is of a later format, this one.
    Newer(u32),
    /// It is cut off or was changed; where or how.
    Damaged(String),
}

impl Unreadable {
    /// A word for the kind, and on a second line what else is known (`protocol::NoticeCode::ShareUnreadable`).
    pub fn detail(&self) -> String {
        match self {
            Self::TooLarge => "large".to_owned(),
            Self::Foreign => "foreign".to_owned(),
            Self::Newer(format) => format!("newer\n{format}"),
            Self::Damaged(how) => format!("damaged\n{how}"),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "it is larger than {} MiB", LARGEST >> 20),
            Self::Foreign => f.write_str("it is no cluster that kubarium or its page saved"),
            Self::Newer(format) => write!(
                f,
                "it was saved by a newer kubarium (format {format}; this one reads {NEWEST})"
            ),
            Self::Damaged(how) => write!(f, "it is damaged or cut off: {how}"),
        }
    }
}

impl std::error::Error for Unreadable {}
