//! matrix-sdk against the homeserver that `TRELLIS_URL` names: sliding sync, the room list, timelines, encryption.

// The futures of the library nest deeply.
#![recursion_limit = "256"]

mod account;
mod encryption;
mod joining;
mod notifications;
mod room_list;
mod spaces;
mod timeline;
