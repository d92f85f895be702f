//! Whose devices and keys have changed, see [Tracking the device list for a user].
//!
//! [Tracking the device list for a user]: https://spec.matrix.org/v1.18/client-server-api/#tracking-the-device-list-for-a-user

use std::collections::BTreeSet;

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};

use super::{Context, plan::Plan, response::SyncResponse};
use crate::{
    Result,
    service::{Services, keys},
    storage::{Connection, args, texts},
};

/// Adds whose devices have to be asked for anew, and who need not be followed any longer. Answers whom the user
/// has met in rooms since: for some of them that is for the first time.
pub(super) async fn lists(
    context: &Context<'_>,
    connection: &mut Connection,
    plan: &Plan,
    response: &mut SyncResponse,
) -> Result<BTreeSet<OwnedUserId>> {
    if context.is_initial() {
        return Ok(BTreeSet::new());
    }
    let own = &context.sender.user_id;
    let (mut changed, mut met) = (BTreeSet::new(), BTreeSet::new());
    let mut gone = BTreeSet::new();
    if context.since.device_lists < context.now.device_lists {
        let (after, up_to) = (context.since.device_lists, context.now.device_lists);
        changed.extend(keys::changed(connection, after, up_to).await?);
    }
    for row in member_changes(context, connection, plan).await? {
        let user_id: OwnedUserId = row.get(0)?;
        let (membership, previous): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        match (previous.as_deref(), membership.as_str()) {
            (Some("join"), "join") => {}
            (_, "join") => drop(met.insert(user_id)),
            (Some("join"), _) => drop(gone.insert(user_id)),
            _ => {}
        }
    }
    // Everyone in a room that was entered is new, or may be.
    let entered: Vec<&RoomId> =
        plan.join.iter().filter(|(_, joined)| joined.complete).map(|(room_id, _)| &**room_id).collect();
    met.extend(joined_users(connection, &entered).await?);
    changed.extend(met.iter().cloned());
    let left: Vec<&RoomId> = plan.leave.keys().map(|room_id| &**room_id).collect();
    gone.extend(joined_users(connection, &left).await?);

    let all: Vec<&OwnedUserId> = changed.union(&gone).filter(|user_id| *user_id != own).collect();
    let shared = sharing(connection, own, &all).await?;
    response.device_lists.left = gone.into_iter().filter(|id| id != own && !shared.contains(id)).collect();
    response.device_lists.changed = changed.into_iter().filter(|id| id == own || shared.contains(id)).collect();
    met.retain(|id| id != own && shared.contains(id));
    Ok(met)
}

/// How memberships changed in the rooms of the answer.
async fn member_changes(
    context: &Context<'_>,
    connection: &mut Connection,
    plan: &Plan,
) -> Result<Vec<crate::storage::Row>> {
    let window = context.window();
    let mut rooms: Vec<&OwnedRoomId> = plan.join.keys().collect();
    let mut rows = Vec::new();
    if let Some(fresh) = &context.fresh {
        rooms.retain(|room_id| fresh.member_events().any(|event| event.room_id == **room_id));
    }
    if window.since == window.now {
        return Ok(rows);
    }
    for rooms in rooms.chunks(500) {
        let sql = "SELECT m.user_id, m.membership, m.previous FROM state_changes c JOIN membership_changes m \
            ON m.user_id = c.state_key AND m.position = c.position \
            WHERE c.position > $1 AND c.position <= $2 AND c.type = 'm.room.member' AND c.room_id {in 3}";
        rows.extend(connection.fetch_all(sql, args![window.since, window.now, texts(rooms)]).await?);
    }
    Ok(rows)
}

async fn joined_users(connection: &mut Connection, rooms: &[&RoomId]) -> Result<BTreeSet<OwnedUserId>> {
    let mut users = BTreeSet::new();
    for rooms in rooms.chunks(500) {
        let sql = "SELECT DISTINCT user_id FROM memberships WHERE membership = 'join' AND room_id {in 1}";
        for row in connection.fetch_all(sql, args![texts(rooms)]).await? {
            users.insert(row.get(0)?);
        }
    }
    Ok(users)
}

impl Services {
    /// Whether two users are in a room together, or are one.
    pub async fn share_a_room(&self, user_id: &UserId, other: &UserId) -> Result<bool> {
        let (user_id, other) = (user_id.to_owned(), other.to_owned());
        let mut connection = self.storage.read().await?;
        Ok(user_id == other || !sharing(&mut connection, &user_id, &[&other]).await?.is_empty())
    }
}

/// Those of `others` who are in a room with the user.
pub(super) async fn sharing(
    connection: &mut Connection,
    user_id: &OwnedUserId,
    others: &[&OwnedUserId],
) -> Result<BTreeSet<OwnedUserId>> {
    let mut sharing = BTreeSet::new();
    for others in others.chunks(500) {
        let sql = "SELECT DISTINCT b.user_id FROM memberships b JOIN memberships a ON a.room_id = b.room_id \
            WHERE a.user_id = $1 AND a.membership = 'join' AND b.membership = 'join' AND b.user_id {in 2}";
        for row in connection.fetch_all(sql, args![user_id, texts(others)]).await? {
            sharing.insert(row.get(0)?);
        }
    }
    Ok(sharing)
}
