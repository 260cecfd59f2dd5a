//! One integration binary; each topic is a module.

mod apiserver;
mod apiserver_admission;
mod apiserver_corpus;
mod cluster;
mod controller;
mod controller_sets;
mod kubectl;
mod tidy;
