//! The rooms the user has left, or was made to leave.

use std::collections::BTreeMap;

use ruma::OwnedRoomId;

use super::{
    Context, RoomAccountData,
    plan::Plan,
    response::LeftRoom,
    timeline::{self, Wanted},
};
use crate::{
    Result,
    service::timeline::History,
    storage::{Connection, StreamPosition},
};

/// The section of the rooms the user has left.
pub(super) async fn rooms(
    context: &Context<'_>,
    connection: &mut Connection,
    plan: &Plan,
    account_data: &RoomAccountData,
) -> Result<BTreeMap<OwnedRoomId, LeftRoom>> {
    let wanted: Vec<Wanted> = plan
        .leave
        .iter()
        .map(|(room_id, left)| Wanted {
            room_id: room_id.clone(),
            after: left.after,
            until: left.until,
            complete: context.is_initial() || context.request.full_state || left.complete,
            hidden_before: StreamPosition::MAX,
            joined_since: None,
            members: vec![context.sender.user_id.clone()],
        })
        .collect();
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut found = timeline::read(context, connection, &wanted).await?;
    hide_state(context, connection, &wanted, &mut found).await?;
    let mut shown = timeline::show(context, connection, &wanted, &mut found).await?;
    let mut rooms = BTreeMap::new();
    for wanted in wanted {
        let Some(found) = found.get(&wanted.room_id) else { continue };
        let mut history = timeline::history(context, &wanted.room_id, found, &mut shown)?;
        history.account_data = account_data.get(&wanted.room_id).cloned().unwrap_or_default().into();
        rooms.insert(wanted.room_id, LeftRoom { history });
    }
    Ok(rooms)
}

/// Takes the state away from those who were never in the room.
async fn hide_state(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
    found: &mut std::collections::HashMap<OwnedRoomId, timeline::Found>,
) -> Result<()> {
    for wanted in wanted {
        let Some(room) = found.get_mut(&wanted.room_id) else { continue };
        let history = History::load(connection, &wanted.room_id, &context.sender.user_id).await?;
        if history.left_at().is_none() {
            room.state.retain(|event| history.allows(event));
        }
    }
    Ok(())
}
