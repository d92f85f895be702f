//! What a room shows of itself to those who are not in it: in the directory, in spaces and before they
//! join; and to whom it shows that much.
//!
//! Rooms are read many at a time, with a fixed number of statements.

use std::collections::{BTreeSet, HashMap, HashSet};

use ruma::{
    OwnedRoomId, RoomOrAliasId, RoomVersionId, UInt, UserId,
    events::room::member::MembershipState,
    room::{JoinRule, JoinRuleSummary, RoomSummary},
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Rooms, version};
use crate::{
    MatrixError, Result,
    storage::{Connection, args, texts},
};

/// Rooms read in one statement.
const ROOMS_PER_QUERY: usize = 200;

/// The state that is shown.
const SHOWN: [&str; 9] = [
    "m.room.avatar",
    "m.room.canonical_alias",
    "m.room.create",
    "m.room.encryption",
    "m.room.guest_access",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.name",
    "m.room.topic",
];

/// The contents of a room's state by type.
type Contents = HashMap<String, Json>;

impl Rooms {
    /// What a room shows of itself, and what the user is in it, who need not be logged in. A room that
    /// shows them nothing is not there.
    pub async fn summary(
        &self,
        room: &RoomOrAliasId,
        user_id: Option<&UserId>,
    ) -> Result<(RoomSummary, Option<MembershipState>)> {
        let missing = || MatrixError::not_found("there is no such room");
        let room_id = self.find(room).await?;
        let mut connection = self.storage().read().await?;
        let summary = summaries(&mut connection, std::slice::from_ref(&room_id)).await?.remove(&room_id);
        let summary = summary.ok_or_else(missing)?;
        let mut admitted = admitted(&mut connection, user_id, [&summary].into_iter()).await?;
        let membership = admitted.remove(&room_id).ok_or_else(missing)?;
        Ok((summary, user_id.map(|_| membership)))
    }
}

/// What those of the rooms that exist show of themselves.
pub(super) async fn summaries(
    connection: &mut Connection,
    rooms: &[OwnedRoomId],
) -> Result<HashMap<OwnedRoomId, RoomSummary>> {
    let mut summaries = HashMap::with_capacity(rooms.len());
    for rooms in rooms.chunks(ROOMS_PER_QUERY) {
        let mut contents = contents(connection, rooms).await?;
        let sql = "SELECT room_id, joined, version FROM rooms WHERE room_id {in 1}";
        for row in connection.fetch_all(sql, args![texts(rooms)]).await? {
            let room_id: OwnedRoomId = row.get(0)?;
            let version = RoomVersionId::try_from(row.get::<String>(2)?).map_err(MatrixError::internal)?;
            let contents = contents.remove(&room_id).unwrap_or_default();
            summaries.insert(room_id.clone(), describe(room_id, row.get(1)?, version, &contents));
        }
    }
    Ok(summaries)
}

/// Those of the rooms that the user may know of, with what they are in them: members, who may join without
/// more ado, who may knock, and everyone where the world may read.
pub(super) async fn admitted<'s>(
    connection: &mut Connection,
    user_id: Option<&UserId>,
    rooms: impl Iterator<Item = &'s RoomSummary> + Clone,
) -> Result<HashMap<OwnedRoomId, MembershipState>> {
    let (mut memberships, mut joined) = (HashMap::new(), HashSet::new());
    if let Some(user_id) = user_id {
        let allowed = rooms.clone().flat_map(allowed_rooms);
        let asked: BTreeSet<&OwnedRoomId> = rooms.clone().map(|room| &room.room_id).chain(allowed).collect();
        memberships = self::memberships(connection, user_id, &asked.into_iter().collect::<Vec<_>>()).await?;
        let is_joined = |(_, membership): &(&OwnedRoomId, &MembershipState)| **membership == MembershipState::Join;
        joined = memberships.iter().filter(is_joined).map(|(room_id, _)| room_id.clone()).collect();
    }
    let mut admitted = HashMap::new();
    for room in rooms {
        let membership = memberships.get(&room.room_id).cloned().unwrap_or(MembershipState::Leave);
        let is_admitted = match membership {
            MembershipState::Join | MembershipState::Invite => true,
            MembershipState::Ban => room.world_readable,
            _ => is_open(room) || allowed_rooms(room).any(|room_id| joined.contains(room_id)),
        };
        if is_admitted {
            admitted.insert(room.room_id.clone(), membership);
        }
    }
    Ok(admitted)
}

/// What a user is in each of the rooms.
async fn memberships(
    connection: &mut Connection,
    user_id: &UserId,
    rooms: &[&OwnedRoomId],
) -> Result<HashMap<OwnedRoomId, MembershipState>> {
    let mut memberships = HashMap::new();
    for rooms in rooms.chunks(ROOMS_PER_QUERY) {
        let sql = "SELECT room_id, membership FROM memberships WHERE user_id = $1 AND room_id {in 2}";
        for row in connection.fetch_all(sql, args![user_id, texts(rooms)]).await? {
            memberships.insert(row.get(0)?, row.get::<String>(1)?.into());
        }
    }
    Ok(memberships)
}

/// Whether anyone may join the room, knock on it or read it.
fn is_open(room: &RoomSummary) -> bool {
    let Some(rules) = room.room_version.as_ref().and_then(|version| version::rules(version).ok()) else {
        return false;
    };
    let rules = rules.authorization;
    room.world_readable
        || match room.join_rule {
            JoinRuleSummary::Public => true,
            JoinRuleSummary::Knock => rules.knocking,
            JoinRuleSummary::KnockRestricted(_) => rules.knock_restricted_join_rule,
            _ => false,
        }
}

/// The rooms whose members may join.
fn allowed_rooms(room: &RoomSummary) -> impl Iterator<Item = &OwnedRoomId> {
    let rules = room.room_version.as_ref().and_then(|version| version::rules(version).ok());
    let allowed = rules.map(|rules| rules.authorization).and_then(|rules| match &room.join_rule {
        JoinRuleSummary::Restricted(allowed) if rules.restricted_join_rule => Some(allowed),
        JoinRuleSummary::KnockRestricted(allowed) if rules.knock_restricted_join_rule => Some(allowed),
        _ => None,
    });
    allowed.into_iter().flat_map(|allowed| &allowed.allowed_room_ids)
}

/// The state that rooms show.
async fn contents(connection: &mut Connection, rooms: &[OwnedRoomId]) -> Result<HashMap<OwnedRoomId, Contents>> {
    let sql = "SELECT state.room_id, state.type, event.json FROM current_state state \
        JOIN events event ON event.event_id = state.event_id \
        WHERE state.state_key = '' AND state.type {in 1} AND state.room_id {in 2}";
    let values = args![texts(SHOWN), texts(rooms)];
    let mut contents: HashMap<OwnedRoomId, Contents> = HashMap::new();
    for row in connection.fetch_all(sql, values).await? {
        let mut json: Json = serde_json::from_slice(&row.get::<Vec<u8>>(2)?).map_err(MatrixError::internal)?;
        let content = json.get_mut("content").map(Json::take).unwrap_or_default();
        contents.entry(row.get(0)?).or_default().insert(row.get(1)?, content);
    }
    Ok(contents)
}

fn describe(room_id: OwnedRoomId, joined: i64, version: RoomVersionId, contents: &Contents) -> RoomSummary {
    let text = |event_type, key| field::<String>(contents, event_type, key).filter(|text| !text.is_empty());
    let is = |event_type, key, value: &str| text(event_type, key).is_some_and(|text| text == value);
    let join_rule = contents
        .get("m.room.join_rules")
        .and_then(|content| serde_json::from_str::<JoinRule>(&content.to_string()).ok());
    let mut room = RoomSummary::new(
        room_id,
        // Without a rule a room is entered by invitation.
        join_rule.map_or(JoinRuleSummary::Invite, summarized),
        is("m.room.guest_access", "guest_access", "can_join"),
        UInt::try_from(joined).unwrap_or_default(),
        is("m.room.history_visibility", "history_visibility", "world_readable"),
    );
    room.avatar_url = field(contents, "m.room.avatar", "url");
    room.canonical_alias = field(contents, "m.room.canonical_alias", "alias");
    room.name = text("m.room.name", "name");
    room.room_type = field(contents, "m.room.create", "type");
    room.topic = text("m.room.topic", "topic");
    room.encryption = field(contents, "m.room.encryption", "algorithm");
    room.room_version = Some(version);
    room
}

/// A rule that the specification does not know lets nobody in, and ruma refuses to write it down.
fn summarized(join_rule: JoinRule) -> JoinRuleSummary {
    use JoinRuleSummary::{Invite, Knock, KnockRestricted, Private, Public, Restricted};
    match join_rule.into() {
        known @ (Invite | Knock | KnockRestricted(_) | Private | Public | Restricted(_)) => known,
        _ => Invite,
    }
}

fn field<T: DeserializeOwned>(contents: &Contents, event_type: &str, key: &str) -> Option<T> {
    serde_json::from_value(contents.get(event_type)?.get(key)?.clone()).ok()
}
