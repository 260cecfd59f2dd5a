//! Per API group: typed views, defaults, validation, helpers.
