//! Per API group: typed views, defaults, validation, helpers.

pub mod cel;
pub mod certificates;
pub mod core;
pub mod custom;
pub mod defaults;
pub mod folders;
pub mod ingress;
pub mod strict;
pub mod time_zones;
pub mod tokens;
pub mod validation;
pub mod views;
pub use views::*;
