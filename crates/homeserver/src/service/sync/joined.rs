//! The rooms the user is in.

use std::collections::{BTreeMap, HashMap};

use ruma::{OwnedRoomId, OwnedUserId, RoomId};

use super::{
    Context, RoomAccountData,
    ephemeral::{self, TypingRooms},
    plan::{Joined, Plan},
    response::{JoinedRoom, UnreadCounts},
    summary,
    timeline::{self, Found, Wanted},
};
use crate::{Result, service::receipts::ReceiptContent, storage::Connection};

/// The section of the rooms the user is in.
pub(super) async fn rooms(
    context: &Context<'_>,
    connection: &mut Connection,
    plan: &Plan,
    mut account_data: RoomAccountData,
    mut typing: TypingRooms,
) -> Result<BTreeMap<OwnedRoomId, JoinedRoom>> {
    if plan.join.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rooms: Vec<&RoomId> = plan.join.keys().map(|room_id| &**room_id).collect();
    let complete: Vec<&RoomId> =
        plan.join.iter().filter(|(_, joined)| joined.complete).map(|(room_id, _)| &**room_id).collect();
    let heroes = summary::heroes(&context.sender.user_id, connection, &complete).await?;
    let wanted: Vec<Wanted> =
        plan.join.iter().map(|(room_id, joined)| wanted(context, room_id, *joined, &heroes)).collect();
    let mut found = timeline::read(context, connection, &wanted).await?;
    let summaries = summary::summaries(context, connection, &wanted, &found, heroes).await?;
    let mut receipts = ephemeral::receipts(context, connection, &rooms, &complete).await?;
    if !context.is_initial() {
        account_data.extend(account_data_of(context, connection, &complete).await?);
    }
    let mut shown = timeline::show(context, connection, &wanted, &mut found).await?;
    let (user_id, now) = (&context.sender.user_id, context.now.events);
    let mut unread = context.services.push.unread(connection, user_id, &rooms, now).await?;

    let mut joined = BTreeMap::new();
    let mut summaries = summaries;
    for wanted in wanted {
        let room_id = wanted.room_id;
        let Some(found) = found.get(&room_id) else { continue };
        let receipts = receipts.remove(&room_id);
        // A receipt of one's own changes the counts, even where receipts are not asked for.
        let counts_changed = receipts.as_ref().is_some_and(|receipts| is_own(receipts, &context.sender.user_id));
        let mut room = JoinedRoom {
            summary: summaries.remove(&room_id),
            history: timeline::history(context, &room_id, found, &mut shown)?,
            ephemeral: ephemeral::events(context, &room_id, receipts, typing.remove(&room_id))?.into(),
            ..JoinedRoom::default()
        };
        room.history.state = room.history.state.filter(|state| !state.is_empty());
        room.history.account_data = account_data.remove(&room_id).unwrap_or_default().into();
        if !(wanted.complete || counts_changed) && says_nothing(&room, found) {
            continue;
        }
        let unread = unread.remove(&room_id).unwrap_or_default();
        if context.request.filter.room.timeline.unread_thread_notifications {
            room.unread_notifications = unread.main.into();
            room.unread_thread_notifications =
                unread.threads.into_iter().map(|(root, count)| (root, UnreadCounts::from(count))).collect();
        } else {
            room.unread_notifications = unread.total().into();
        }
        joined.insert(room_id, room);
    }
    Ok(joined)
}

fn wanted(
    context: &Context<'_>,
    room_id: &OwnedRoomId,
    joined: Joined,
    heroes: &HashMap<OwnedRoomId, Vec<OwnedUserId>>,
) -> Wanted {
    let after = if joined.complete { 0 } else { context.since.events };
    let complete = joined.complete || context.request.full_state;
    let mut members = Vec::new();
    if complete {
        members.push(context.sender.user_id.clone());
        members.extend(heroes.get(room_id).into_iter().flatten().cloned());
    }
    Wanted {
        room_id: room_id.clone(),
        after,
        until: context.now.events,
        complete,
        // A room that was joined all the time has nothing to hide.
        joined_since: Some(joined.member_since),
        hidden_before: if joined.complete { joined.member_since } else { 0 },
        members,
    }
}

fn says_nothing(room: &JoinedRoom, found: &Found) -> bool {
    found.timeline.is_empty()
        && !found.limited
        && found.state.is_empty()
        && room.ephemeral.is_empty()
        && room.history.account_data.is_empty()
}

fn is_own(receipts: &ReceiptContent, user_id: &OwnedUserId) -> bool {
    receipts.values().flat_map(BTreeMap::values).any(|users| users.contains_key(user_id))
}

/// All account data of rooms that are new to the client.
async fn account_data_of(
    context: &Context<'_>,
    connection: &mut Connection,
    rooms: &[&RoomId],
) -> Result<RoomAccountData> {
    if rooms.is_empty() {
        return Ok(RoomAccountData::new());
    }
    let (user_id, up_to) = (&context.sender.user_id, context.now.account_data);
    let mut of_rooms = RoomAccountData::new();
    for (room_id, kind, event) in context.services.account_data.of_rooms(connection, user_id, rooms, up_to).await? {
        if super::filter::admits_in_room(&context.request.filter.room.account_data, &room_id, &kind) {
            of_rooms.entry(room_id).or_default().push(event);
        }
    }
    Ok(of_rooms)
}
