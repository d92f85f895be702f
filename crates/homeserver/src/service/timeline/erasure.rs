//! What erased users have said, for those who did not know it before: as if it was redacted, see
//! [deactivating an account].
//!
//! It is decided when an event is shown, since those who were there go on seeing what they saw. Who is in the room at
//! an event may see it whatever becomes of its sender, so that of what happens now nothing is asked. The state of a
//! room is everybody's and stays, but for what a user is called in it.
//!
//! [deactivating an account]: https://spec.matrix.org/v1.18/client-server-api/#post_matrixclientv3accountdeactivate

use std::collections::{BTreeSet, HashMap};

use ruma::{
    OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, RoomVersionId, UserId, canonical_json::redact,
    events::room::member::MembershipState,
};

use super::{History, Standing, StoredEvent};
use crate::{
    MatrixError, Result,
    service::rooms::version,
    storage::{Connection, StreamPosition, args, texts},
};

/// Of so many users, it is cheaper to ask for all who are erased.
const USERS: usize = 1_000;

/// Takes their content from those of the events that were erased for the user; answers which those are.
pub(in crate::service) async fn hide(
    connection: &mut Connection,
    user_id: &UserId,
    standing: &Standing,
    mut events: Vec<&mut StoredEvent>,
) -> Result<BTreeSet<OwnedEventId>> {
    let mut hidden = BTreeSet::new();
    events.retain(|event| is_personal(event) && standing.membership_at(event) != Some(MembershipState::Join));
    let erased = erased(connection, events.iter().map(|event| &event.sender).collect()).await?;
    events.retain(|event| erased.contains_key(&event.sender));
    if events.is_empty() {
        return Ok(hidden);
    }
    let rooms: BTreeSet<OwnedRoomId> = events.iter().map(|event| event.room_id.clone()).collect();
    let ids: Vec<&RoomId> = rooms.iter().map(|room_id| &**room_id).collect();
    let histories = History::load_all(connection, &ids, user_id).await?;
    let versions = versions(connection, &rooms).await?;
    for event in events {
        let erased_at = erased.get(&event.sender).copied().unwrap_or_default();
        if histories.get(&event.room_id).is_some_and(|history| history.had_seen(event, erased_at)) {
            continue;
        }
        let version = versions.get(&event.room_id);
        let version = version.ok_or_else(|| MatrixError::internal("the room of an event has a version"))?;
        let rules = version::rules(version)?;
        let object = serde_json::from_slice(&event.json).map_err(MatrixError::internal)?;
        let redacted = redact(object, &rules.redaction, None).map_err(MatrixError::internal)?;
        event.json = serde_json::to_vec(&redacted).map_err(MatrixError::internal)?;
        hidden.insert(event.event_id.clone());
    }
    Ok(hidden)
}

/// Whether it is what a user said, or what they are called.
fn is_personal(event: &StoredEvent) -> bool {
    event.state_key.is_none() || event.event_type == "m.room.member"
}

/// Those of the users who are erased, and since when.
async fn erased(
    connection: &mut Connection,
    users: BTreeSet<&OwnedUserId>,
) -> Result<HashMap<OwnedUserId, StreamPosition>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = if users.len() > USERS {
        connection.fetch_all("SELECT user_id, position FROM erased_users", args![]).await?
    } else {
        let sql = "SELECT user_id, position FROM erased_users WHERE user_id {in 1}";
        connection.fetch_all(sql, args![texts(users)]).await?
    };
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

async fn versions(
    connection: &mut Connection,
    rooms: &BTreeSet<OwnedRoomId>,
) -> Result<HashMap<OwnedRoomId, RoomVersionId>> {
    let sql = "SELECT room_id, version FROM rooms WHERE room_id {in 1}";
    let mut versions = HashMap::new();
    for row in connection.fetch_all(sql, args![texts(rooms)]).await? {
        let version = RoomVersionId::try_from(row.get::<String>(1)?).map_err(MatrixError::internal)?;
        versions.insert(row.get(0)?, version);
    }
    Ok(versions)
}
