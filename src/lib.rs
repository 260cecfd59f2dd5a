//! Kubarium: a whole Kubernetes cluster as plain, deterministic Rust.
#![doc = include_str!("ARCHITECTURE.md")]

pub mod api;
pub mod apimachinery;
pub mod apiserver;
pub mod archive;
pub mod client;
pub mod cluster;
pub mod collections;
pub mod controller;
pub mod cri;
pub mod kubectl;
pub mod kubelet;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
pub mod network;
pub mod scheduler;
pub mod session;
pub mod shell;
pub mod sim;
pub mod terminal;
#[cfg(target_arch = "wasm32")]
pub mod ui;
pub mod view;
#[cfg(target_arch = "wasm32")]
pub mod web;
