//! Addresses of pods and services, and the rules by which packets to services find their pods.

pub mod address;
