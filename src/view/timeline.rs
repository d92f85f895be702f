//! The messages of a room.

mod anchor;
mod layout;
