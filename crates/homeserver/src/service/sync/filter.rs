//! What a client asked to see outside of events of rooms, see [Filtering].
//!
//! [Filtering]: https://spec.matrix.org/v1.18/client-server-api/#filtering

use ruma::{
    OwnedRoomId, RoomId, UserId,
    api::client::filter::{Filter, RoomEventFilter},
};

use crate::service::timeline::filter::matches_type;

/// Whether the filter lets account data of this type through.
pub(super) fn admits_account_data(filter: &Filter, kind: &str) -> bool {
    // Account data has no sender: a list of senders lets none of it through.
    filter.senders.is_none() && matches_type(filter.types.as_deref(), &filter.not_types, kind)
}

/// Whether the filter lets what has a type but no sender through in this room.
pub(super) fn admits_in_room(filter: &RoomEventFilter, room_id: &RoomId, kind: &str) -> bool {
    filter.senders.is_none()
        && admits_room(filter.rooms.as_deref(), &filter.not_rooms, room_id)
        && matches_type(filter.types.as_deref(), &filter.not_types, kind)
}

/// Whether the filter lets the presence of this user through.
pub(super) fn admits_presence(filter: &Filter, user_id: &UserId) -> bool {
    matches_type(filter.types.as_deref(), &filter.not_types, "m.presence")
        && filter.senders.as_ref().is_none_or(|senders| senders.iter().any(|sender| sender == user_id))
        && filter.not_senders.iter().all(|sender| sender != user_id)
}

/// Whether the filter lets what has a type but no sender through in some room.
pub(super) fn admits_type(filter: &RoomEventFilter, kind: &str) -> bool {
    filter.senders.is_none()
        && filter.rooms.as_ref().is_none_or(|rooms| !rooms.is_empty())
        && matches_type(filter.types.as_deref(), &filter.not_types, kind)
}

/// Whether lists of rooms let a room through.
pub(super) fn admits_room(rooms: Option<&[OwnedRoomId]>, not_rooms: &[OwnedRoomId], room_id: &RoomId) -> bool {
    rooms.is_none_or(|rooms| rooms.iter().any(|room| room == room_id)) && not_rooms.iter().all(|room| room != room_id)
}

#[cfg(test)]
mod tests {
    use ruma::owned_room_id;

    use super::admits_room;

    #[test]
    fn a_room_is_in_the_list_and_not_in_the_other() {
        let (a, b) = (owned_room_id!("!a:test"), owned_room_id!("!b:test"));
        assert!(admits_room(None, &[], &a));
        assert!(admits_room(Some(std::slice::from_ref(&a)), &[], &a));
        assert!(!admits_room(Some(std::slice::from_ref(&b)), &[], &a));
        assert!(!admits_room(None, std::slice::from_ref(&a), &a));
    }
}
