//! One integration binary; each topic is a module.

mod apiserver;
mod cluster;
mod apiserver_corpus;
mod controller;
mod corpus_validation;
mod tidy;
