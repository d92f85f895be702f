//! Tests of the real client against the in-process homeserver.
