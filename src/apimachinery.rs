//! Objects and the machinery on them: what every other part stands on.
