//! What Matrix data means, without I/O.
