//! The rooms of a user by their activity, and which of them are in which list.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, UserId, events::room::member::MembershipState};
use serde::Deserialize;

use super::request::Filters;
use crate::{
    Result,
    service::account_data,
    storage::{Connection, StorageError, StreamPosition, args, texts},
};

/// A room of a user.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) room_id: OwnedRoomId,
    pub(super) membership: MembershipState,
    /// The user's member event.
    pub(super) event_id: OwnedEventId,
    /// Who sent it.
    pub(super) sender: OwnedUserId,
    /// Its position.
    pub(super) since: StreamPosition,
    /// The last thing that happened in it for the user.
    pub(super) activity: StreamPosition,
    /// They left by themselves.
    pub(super) left: bool,
}

/// All rooms of a user, the most recent first. Those left by the user themselves are among them only if
/// the connection `knows` them.
pub(super) async fn entries(
    connection: &mut Connection,
    user_id: &UserId,
    now: StreamPosition,
    knows: impl Fn(&OwnedRoomId) -> bool,
) -> Result<Vec<Entry>> {
    let sql = "SELECT m.room_id, m.membership, m.event_id, m.sender, m.position, m.forgotten, \
        CASE WHEN m.membership = 'join' THEN \
        (SELECT e.position FROM events e WHERE e.room_id = m.room_id AND e.position <= $2 \
        ORDER BY e.position DESC LIMIT 1) ELSE m.position END, \
        CASE WHEN m.membership IN ('leave', 'ban') THEN \
        (SELECT c.position FROM membership_changes c WHERE c.room_id = m.room_id AND c.user_id = m.user_id \
        AND c.membership = 'join' LIMIT 1) END \
        FROM memberships m WHERE m.user_id = $1 AND m.position <= $2";
    let mut entries = Vec::new();
    for row in connection.fetch_all(sql, args![user_id, now]).await? {
        let room_id: OwnedRoomId = row.get(0)?;
        let membership: MembershipState = row.get::<String>(1)?.into();
        let is_out = matches!(membership, MembershipState::Leave | MembershipState::Ban);
        let sender: OwnedUserId = row.get(3)?;
        let by_oneself = sender == user_id;
        let was_in = row.get::<Option<i64>>(7)?.is_some();
        let left = is_out && (by_oneself || row.get::<bool>(5)? || !was_in);
        if left && !knows(&room_id) {
            continue;
        }
        let since = row.get(4)?;
        let activity = row.get::<Option<i64>>(6)?.unwrap_or(since);
        entries.push(Entry { room_id, membership, event_id: row.get(2)?, sender, since, activity, left });
    }
    entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.activity));
    Ok(entries)
}

/// What filters ask about rooms, read once for all lists.
#[derive(Debug, Default)]
pub(super) struct Facts {
    direct: HashSet<OwnedRoomId>,
    encrypted: HashSet<OwnedRoomId>,
    types: HashMap<OwnedRoomId, Option<String>>,
    tags: HashMap<OwnedRoomId, BTreeSet<String>>,
    children: HashMap<String, HashSet<String>>,
}

impl Facts {
    /// Reads what these filters ask about.
    pub(super) async fn load<'f>(
        connection: &mut Connection,
        user_id: &UserId,
        entries: &[Entry],
        filters: impl Iterator<Item = &'f Filters> + Clone,
    ) -> Result<Self> {
        let mut facts = Self { direct: direct(connection, user_id).await?, ..Self::default() };
        let rooms: Vec<String> = texts(entries.iter().map(|entry| &entry.room_id));
        if filters.clone().any(|filters| filters.is_encrypted.is_some()) {
            facts.encrypted = encrypted(connection, &rooms).await?;
        }
        if filters.clone().any(|filters| filters.room_types.is_some() || !filters.not_room_types.is_empty()) {
            facts.types = types(connection, &rooms).await?;
        }
        if filters.clone().any(|filters| filters.tags.is_some() || !filters.not_tags.is_empty()) {
            facts.tags = tags(connection, user_id).await?;
        }
        let spaces: BTreeSet<&String> = filters.filter_map(|filters| filters.spaces.as_ref()).flatten().collect();
        for space in spaces {
            let joined = |entry: &Entry| entry.room_id == space.as_str() && entry.membership == MembershipState::Join;
            if entries.iter().any(joined) {
                facts.children.insert(space.clone(), children(connection, space).await?);
            }
        }
        Ok(facts)
    }

    pub(super) fn is_direct(&self, room_id: &OwnedRoomId) -> bool {
        self.direct.contains(room_id)
    }

    /// Whether a filter lets a room through.
    pub(super) fn admit(&self, filters: &Filters, entry: &Entry) -> bool {
        let room_id = &entry.room_id;
        let is = |wanted: Option<bool>, found: bool| wanted.is_none_or(|wanted| wanted == found);
        let kind = self.types.get(room_id).cloned().flatten();
        let tagged =
            |tags: &[String]| self.tags.get(room_id).is_some_and(|found| tags.iter().any(|tag| found.contains(tag)));
        let in_space =
            |space: &String| self.children.get(space).is_some_and(|children| children.contains(room_id.as_str()));
        !entry.left
            && is(filters.is_dm, self.direct.contains(room_id))
            && is(filters.is_encrypted, self.encrypted.contains(room_id))
            && is(filters.is_invite, entry.membership == MembershipState::Invite)
            && filters.room_types.as_ref().is_none_or(|types| types.contains(&kind))
            && !filters.not_room_types.contains(&kind)
            && filters.tags.as_ref().is_none_or(|tags| tagged(tags))
            && !tagged(&filters.not_tags)
            && filters.spaces.as_ref().is_none_or(|spaces| spaces.iter().any(in_space))
    }
}

/// The rooms that the user says are direct.
async fn direct(connection: &mut Connection, user_id: &UserId) -> Result<HashSet<OwnedRoomId>> {
    let content = account_data::read(connection, user_id, None, "m.direct").await?;
    let content: Option<BTreeMap<String, Vec<OwnedRoomId>>> =
        content.and_then(|content| serde_json::from_str(content.get()).ok());
    Ok(content.into_iter().flat_map(BTreeMap::into_values).flatten().collect())
}

async fn encrypted(connection: &mut Connection, rooms: &[String]) -> Result<HashSet<OwnedRoomId>, StorageError> {
    let mut encrypted = HashSet::new();
    for rooms in rooms.chunks(500) {
        let sql = "SELECT room_id FROM current_state \
            WHERE type = 'm.room.encryption' AND state_key = '' AND room_id {in 1}";
        for row in connection.fetch_all(sql, args![rooms.to_vec()]).await? {
            encrypted.insert(row.get(0)?);
        }
    }
    Ok(encrypted)
}

async fn types(
    connection: &mut Connection,
    rooms: &[String],
) -> Result<HashMap<OwnedRoomId, Option<String>>, StorageError> {
    #[derive(Deserialize)]
    struct Event {
        content: Content,
    }
    #[derive(Deserialize)]
    struct Content {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    let mut types = HashMap::new();
    for rooms in rooms.chunks(500) {
        let sql = "SELECT s.room_id, e.json FROM current_state s JOIN events e ON e.event_id = s.event_id \
            WHERE s.type = 'm.room.create' AND s.state_key = '' AND s.room_id {in 1}";
        for row in connection.fetch_all(sql, args![rooms.to_vec()]).await? {
            let event: Option<Event> = serde_json::from_slice(&row.get::<Vec<u8>>(1)?).ok();
            types.insert(row.get(0)?, event.and_then(|event| event.content.kind));
        }
    }
    Ok(types)
}

async fn tags(
    connection: &mut Connection,
    user_id: &UserId,
) -> Result<HashMap<OwnedRoomId, BTreeSet<String>>, StorageError> {
    #[derive(Deserialize)]
    struct Content {
        tags: BTreeMap<String, serde_json::Value>,
    }
    let sql = "SELECT room_id, content FROM account_data WHERE user_id = $1 AND room_id <> '' AND type = 'm.tag'";
    let mut tags = HashMap::new();
    for row in connection.fetch_all(sql, args![user_id]).await? {
        if let Ok(Content { tags: found }) = serde_json::from_slice(&row.get::<Vec<u8>>(1)?) {
            tags.insert(row.get(0)?, found.into_keys().collect());
        }
    }
    Ok(tags)
}

/// The rooms that a space names as its children.
async fn children(connection: &mut Connection, space: &str) -> Result<HashSet<String>, StorageError> {
    #[derive(Deserialize)]
    struct Event {
        content: Content,
    }
    #[derive(Deserialize)]
    struct Content {
        via: Vec<serde_json::Value>,
    }
    let sql = "SELECT s.state_key, e.json FROM current_state s JOIN events e ON e.event_id = s.event_id \
        WHERE s.room_id = $1 AND s.type = 'm.space.child'";
    let mut children = HashSet::new();
    for row in connection.fetch_all(sql, args![space]).await? {
        // A child that was removed names no servers any longer.
        let event: Option<Event> = serde_json::from_slice(&row.get::<Vec<u8>>(1)?).ok();
        if event.is_some_and(|event| !event.content.via.is_empty()) {
            children.insert(row.get(0)?);
        }
    }
    Ok(children)
}
