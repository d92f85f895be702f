//! The Trellis homeserver.
