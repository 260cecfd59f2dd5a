//! One integration binary; each topic is a module.

// Tests print what they measure.
#![allow(clippy::print_stderr, clippy::print_stdout)]

mod apiserver;
mod apiserver_admission;
mod apiserver_corpus;
mod authorization;
mod clients;
mod cluster;
mod controller;
mod controller_sets;
mod customs;
mod kube_rs;
mod kubectl;
mod kustomize;
mod managers;
mod native;
mod native_aggregation;
mod native_commands;
mod native_state;
mod native_streams;
mod native_webhooks;
mod node;
mod node_join;
mod node_kubelet;
mod node_network;
mod node_registry;
mod node_volumes;
mod policies;
mod provisioner;
mod scale;
mod scenarios;
mod scheduler_corpus;
mod tidy;
mod transcripts;
mod webhooks;
