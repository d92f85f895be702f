//! The `trellis-homeserver` binary.
fn main() {}
