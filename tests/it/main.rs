//! One integration binary; each topic is a module.

mod apiserver;
mod corpus_validation;
mod tidy;
mod cluster;
