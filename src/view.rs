//! The pure view model: what the page shows, as plain data, and the messages that carry it.

pub mod host;
pub mod protocol;
