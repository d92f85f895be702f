//! The rooms the user is invited to, or asked to be let into.

use std::collections::BTreeMap;

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId};

use super::{
    Context,
    plan::Plan,
    response::{InvitedRoom, KnockedRoom, Stripped},
};
use crate::{
    Result,
    service::{rooms::invites::are_blocked_by, timeline},
    storage::Connection,
};

/// Invitations, but those of users who are ignored, and none where none are wanted.
pub(super) async fn invites(
    context: &Context<'_>,
    connection: &mut Connection,
    plan: &Plan,
) -> Result<BTreeMap<OwnedRoomId, InvitedRoom>> {
    let mut rooms = BTreeMap::new();
    if plan.invite.is_empty() || are_blocked_by(connection, &context.sender.user_id).await? {
        return Ok(rooms);
    }
    for (room_id, event_id) in &plan.invite {
        if let Some((sender, invite_state)) = read(connection, event_id).await?
            && !context.preferences.ignored.contains(&sender)
        {
            rooms.insert(room_id.clone(), InvitedRoom { invite_state });
        }
    }
    Ok(rooms)
}

/// Knocks that wait for an answer.
pub(super) async fn knocks(connection: &mut Connection, plan: &Plan) -> Result<BTreeMap<OwnedRoomId, KnockedRoom>> {
    let mut rooms = BTreeMap::new();
    for (room_id, event_id) in &plan.knock {
        if let Some((_, knock_state)) = read(connection, event_id).await? {
            rooms.insert(room_id.clone(), KnockedRoom { knock_state });
        }
    }
    Ok(rooms)
}

/// Who sent the member event, and what it lets its user see.
async fn read(connection: &mut Connection, event_id: &OwnedEventId) -> Result<Option<(OwnedUserId, Stripped)>> {
    let Some(event) = timeline::event(connection, event_id).await? else { return Ok(None) };
    let events = timeline::stripped_state(connection, &event).await?;
    Ok(Some((event.sender, Stripped { events })))
}
