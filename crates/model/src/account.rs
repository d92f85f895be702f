//! What is known of the account as a whole while its rooms are reduced.

use std::collections::{BTreeMap, BTreeSet};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The account whose data are reduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub user_id: OwnedUserId,
    pub direct: DirectRooms,
    /// Whether this device can encrypt.
    pub encrypts: bool,
}

impl Account {
    /// An account without direct rooms.
    pub fn new(user_id: OwnedUserId) -> Self {
        Self { user_id, direct: DirectRooms::default(), encrypts: false }
    }
}

/// The content of [`m.direct`](https://spec.matrix.org/v1.18/client-server-api/#mdirect), turned round.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DirectRooms(pub BTreeMap<OwnedRoomId, BTreeSet<OwnedUserId>>);

impl DirectRooms {
    /// Reads the content of an `m.direct` event; entries that are not IDs are left out.
    pub fn parse(content: &RawValue) -> Self {
        let by_user: BTreeMap<String, serde_json::Value> = serde_json::from_str(content.get()).unwrap_or_default();
        let mut rooms = BTreeMap::<OwnedRoomId, BTreeSet<OwnedUserId>>::new();
        for (user, ids) in by_user {
            let Ok(user_id) = UserId::parse(user) else { continue };
            for id in ids.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str) {
                if let Ok(room_id) = RoomId::parse(id) {
                    rooms.entry(room_id).or_default().insert(user_id.clone());
                }
            }
        }
        Self(rooms)
    }

    /// The content with a room added as a direct chat with a person, for `PUT …/account_data/m.direct`.
    pub fn with(&self, room_id: &RoomId, user_id: &UserId) -> serde_json::Value {
        let mut by_user = BTreeMap::<&UserId, BTreeSet<&RoomId>>::new();
        for (room, users) in &self.0 {
            for user in users {
                by_user.entry(user).or_default().insert(room);
            }
        }
        by_user.entry(user_id).or_default().insert(room_id);
        serde_json::json!(by_user)
    }

    /// Whether a room is a direct chat.
    pub fn contains(&self, room_id: &RoomId) -> bool {
        self.0.contains_key(room_id)
    }

    /// The direct chats with a person.
    pub fn with_user<'a>(&'a self, user_id: &'a UserId) -> impl Iterator<Item = &'a RoomId> {
        self.0.iter().filter(move |(_, users)| users.contains(user_id)).map(|(room_id, _)| &**room_id)
    }

    /// The rooms that are direct in one of the two and not in the other.
    pub fn difference(&self, newer: &Self) -> BTreeSet<OwnedRoomId> {
        let old: BTreeSet<_> = self.0.keys().cloned().collect();
        let new: BTreeSet<_> = newer.0.keys().cloned().collect();
        old.symmetric_difference(&new).cloned().collect()
    }
}
