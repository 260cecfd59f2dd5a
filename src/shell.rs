//! The POSIX shell: parser and evaluator over a small `System` trait.
