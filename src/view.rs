//! The pure view model: what the page shows, as plain data, and the messages that carry it.

pub mod activity;
pub mod amount;
pub mod commands;
pub mod decisions;
pub mod examples;
pub mod frame;
#[cfg(test)]
mod gallery;
pub mod heat;
pub mod host;
pub mod inspect;
pub mod model;
pub mod nodes;
pub mod pods;
pub mod protocol;
pub mod select;
pub mod services;
pub mod store;
pub mod terminal;
pub mod trace;
pub mod traffic;
pub mod viewer;
pub mod when;
pub mod workloads;
