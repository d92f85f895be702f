//! What people and rooms are called.

use ruma::UserId;
use trellis_model::protocol::RoomName;

use super::{list, t};

/// A room's name, in words where it has none.
pub fn room_name(name: &RoomName) -> String {
    match name {
        RoomName::Named(name) => name.clone(),
        RoomName::People { names, others: 0 } => list(names),
        RoomName::People { names, others } => t::room_name_people_others(names.join(", "), *others),
        RoomName::Empty { was } if was.is_empty() => t::room_name_empty(),
        RoomName::Empty { was } => t::room_name_empty_was(list(was)),
    }
}

/// A person's name: the display name, or the localpart of the ID.
pub fn user_name(display_name: Option<&str>, user_id: &UserId) -> String {
    display_name.map_or_else(|| user_id.localpart().to_owned(), str::to_owned)
}
