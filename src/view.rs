//! The pure view model: what the page shows, as plain data, and the messages that carry it.

pub mod activity;
pub mod amount;
pub mod commands;
pub mod frame;
pub mod host;
pub mod inspect;
pub mod nodes;
pub mod pods;
pub mod protocol;
pub mod services;
pub mod store;
pub mod trace;
pub mod viewer;
pub mod workloads;
