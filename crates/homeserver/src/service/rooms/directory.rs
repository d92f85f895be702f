//! Rooms that anyone may find, see [published room directory].
//!
//! [published room directory]: https://spec.matrix.org/v1.18/client-server-api/#published-room-directory

use std::collections::HashMap;

use ruma::{
    OwnedRoomAliasId, OwnedRoomId, RoomId, RoomOrAliasId, ServerName, UInt, UserId,
    directory::{Filter, PublicRoomsChunk, PublicRoomsChunkInit, RoomTypeFilter},
    events::{StateEventType, room::member::MembershipState},
    room::RoomType,
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::Rooms;
use crate::{
    MatrixError, Result,
    storage::{Connection, Value, WriteKey, args, in_list},
};

/// The most rooms of one page.
const MAX_LIMIT: usize = 500;

/// The state a directory shows.
const SHOWN: [&str; 8] = [
    "m.room.avatar",
    "m.room.canonical_alias",
    "m.room.create",
    "m.room.guest_access",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.name",
    "m.room.topic",
];

/// A page of the directory, the rooms with most members first.
#[derive(Clone, Debug)]
pub struct DirectoryPage {
    /// The rooms.
    pub rooms: Vec<PublicRoomsChunk>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Where the previous page begins.
    pub previous: Option<String>,
    /// How many rooms there are on all pages.
    pub total: UInt,
}

/// The contents of a room's state by type.
type Contents = HashMap<String, Json>;

impl Rooms {
    /// The room of an ID or alias.
    pub async fn find(&self, room: &RoomOrAliasId) -> Result<OwnedRoomId> {
        if let Ok(room_id) = <&RoomId>::try_from(room) {
            return Ok(room_id.to_owned());
        }
        let alias = OwnedRoomAliasId::try_from(room.as_str().to_owned())
            .map_err(|_| MatrixError::invalid_param("this is neither a room ID nor an alias"))?;
        self.resolve(&alias).await?.ok_or_else(|| MatrixError::not_found("there is no such alias"))
    }

    /// The aliases of a room, for members and where the world may read.
    pub async fn visible_aliases(&self, room_id: &RoomId, user_id: &UserId) -> Result<Vec<OwnedRoomAliasId>> {
        if self.membership(room_id, user_id).await? != Some(MembershipState::Join) {
            // Refuses those who may not look into the room.
            self.state_entry(room_id, user_id, &StateEventType::RoomCreate, "").await?;
        }
        self.aliases(room_id).await
    }

    /// Whether the room is in the directory.
    pub async fn is_published(&self, room_id: &RoomId) -> Result<bool> {
        let mut connection = self.storage().read().await?;
        let sql = "SELECT published FROM rooms WHERE room_id = $1";
        let row = connection.fetch_optional(sql, args![room_id]).await?;
        Ok(row.ok_or_else(|| MatrixError::not_found("there is no such room"))?.get(0)?)
    }

    /// Puts the room into the directory or takes it out: who may say which alias is canonical may.
    pub async fn publish(&self, room_id: &RoomId, user_id: &UserId, published: bool) -> Result<()> {
        if !self.may_set(room_id, user_id, &StateEventType::RoomCanonicalAlias).await? {
            return Err(MatrixError::forbidden("publishing the room takes more power"));
        }
        let room_id = room_id.to_owned();
        self.storage()
            .write(WriteKey::Room(room_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE rooms SET published = $2 WHERE room_id = $1";
                    transaction.execute(sql, args![room_id, published]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// A page of this server's directory.
    pub async fn public_rooms(
        &self,
        server: Option<&ServerName>,
        filter: Option<&Filter>,
        since: Option<&str>,
        limit: Option<usize>,
    ) -> Result<DirectoryPage> {
        if server.is_some_and(|server| server != self.server_name()) {
            return Err(MatrixError::not_found("the directory of this server cannot be reached"));
        }
        let invalid = |_| MatrixError::invalid_param("this token was not made by this server");
        let start: usize = since.map(str::parse).transpose().map_err(invalid)?.unwrap_or_default();
        let limit = limit.unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT);

        let mut connection = self.storage().read().await?;
        let sql = "SELECT room_id, joined FROM rooms WHERE published = 1 ORDER BY joined DESC, room_id";
        let mut found = Vec::new();
        let rows = connection.fetch_all(sql, args![]).await?;
        for rows in rows.chunks(MAX_LIMIT) {
            let rooms = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<_>>>()?;
            let mut contents = contents(&mut connection, &rooms).await?;
            for (room_id, joined) in rooms {
                let contents = contents.remove(&room_id).unwrap_or_default();
                let room = describe(room_id, joined, &contents);
                if filter.is_none_or(|filter| matches(filter, &room)) {
                    found.push(room);
                }
            }
        }
        let total = found.len();
        let rooms: Vec<_> = found.into_iter().skip(start).take(limit).collect();
        let end = start.saturating_add(rooms.len());
        Ok(DirectoryPage {
            rooms,
            next: (end < total).then(|| end.to_string()),
            previous: (start > 0).then(|| start.saturating_sub(limit).to_string()),
            total: UInt::try_from(total).unwrap_or_default(),
        })
    }
}

/// The state of the rooms that the directory shows.
async fn contents(connection: &mut Connection, rooms: &[(OwnedRoomId, i64)]) -> Result<HashMap<OwnedRoomId, Contents>> {
    let sql = format!(
        "SELECT state.room_id, state.type, event.json FROM current_state state \
         JOIN events event ON event.event_id = state.event_id \
         WHERE state.state_key = '' AND state.type IN {} AND state.room_id IN {}",
        in_list(1, SHOWN.len()),
        in_list(1 + SHOWN.len(), rooms.len())
    );
    let types = SHOWN.iter().map(|event_type| Value::from(*event_type));
    let values = types.chain(rooms.iter().map(|(room_id, _)| Value::from(room_id))).collect();
    let mut contents: HashMap<OwnedRoomId, Contents> = HashMap::new();
    for row in connection.fetch_all(sql, values).await? {
        let mut json: Json = serde_json::from_slice(&row.get::<Vec<u8>>(2)?).map_err(MatrixError::internal)?;
        let content = json.get_mut("content").map(Json::take).unwrap_or_default();
        contents.entry(row.get(0)?).or_default().insert(row.get(1)?, content);
    }
    Ok(contents)
}

fn describe(room_id: OwnedRoomId, joined: i64, contents: &Contents) -> PublicRoomsChunk {
    let text = |event_type, key| field::<String>(contents, event_type, key).filter(|text| !text.is_empty());
    let is = |event_type, key, value: &str| text(event_type, key).is_some_and(|text| text == value);
    let mut room = PublicRoomsChunk::from(PublicRoomsChunkInit {
        num_joined_members: UInt::try_from(joined).unwrap_or_default(),
        room_id,
        world_readable: is("m.room.history_visibility", "history_visibility", "world_readable"),
        guest_can_join: is("m.room.guest_access", "guest_access", "can_join"),
    });
    room.avatar_url = field(contents, "m.room.avatar", "url");
    room.canonical_alias = field(contents, "m.room.canonical_alias", "alias");
    room.join_rule = field(contents, "m.room.join_rules", "join_rule").unwrap_or_default();
    room.name = text("m.room.name", "name");
    room.room_type = field(contents, "m.room.create", "type");
    room.topic = text("m.room.topic", "topic");
    room
}

fn field<T: DeserializeOwned>(contents: &Contents, event_type: &str, key: &str) -> Option<T> {
    serde_json::from_value(contents.get(event_type)?.get(key)?.clone()).ok()
}

fn matches(filter: &Filter, room: &PublicRoomsChunk) -> bool {
    let alias = room.canonical_alias.as_ref().map(|alias| alias.as_str());
    let term = filter.generic_search_term.as_ref().map(|term| term.to_lowercase());
    let has_term = term.is_none_or(|term| {
        [room.name.as_deref(), room.topic.as_deref(), alias]
            .into_iter()
            .flatten()
            .any(|text| text.to_lowercase().contains(&term))
    });
    has_term && (filter.room_types.is_empty() || filter.room_types.iter().any(|wanted| is_of(wanted, &room.room_type)))
}

fn is_of(wanted: &RoomTypeFilter, room_type: &Option<RoomType>) -> bool {
    match wanted {
        RoomTypeFilter::Default => room_type.is_none(),
        wanted => room_type.as_ref().is_some_and(|room_type| Some(room_type.as_str()) == wanted.as_str()),
    }
}
