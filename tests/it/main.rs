//! One integration binary; each topic is a module.

mod corpus_validation;
mod tidy;
