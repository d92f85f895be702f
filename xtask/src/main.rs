//! Everything a person or CI calls.
fn main() {}
