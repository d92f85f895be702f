//! Lazy-loaded members: the member events of those who matter, and that the client does not have, see
//! [Lazy-loading room members].
//!
//! Which those are is found out without remembering what was sent. The token says how many of a
//! room's newest events have come with the member events of their senders: the smallest limit of the
//! client's timelines so far. Whoever sent one of that many events before the token is known, since
//! every one of them was among the newest of some answer; what changed later comes by itself.
//!
//! [Lazy-loading room members]: https://spec.matrix.org/v1.18/client-server-api/#lazy-loading-room-members

use std::collections::{BTreeSet, HashMap, HashSet};

use ruma::{OwnedRoomId, OwnedUserId};

use super::{
    Context, events,
    timeline::{Found, Wanted, senders},
};
use crate::{Result, storage::Connection};

/// Adds the member events that are needed to the state of each room.
pub(super) async fn add(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
    found: &mut HashMap<OwnedRoomId, Found>,
) -> Result<()> {
    let known = known(context, connection, wanted, found).await?;
    let mut missing = Vec::new();
    for wanted in wanted {
        let Some(room) = found.get(&wanted.room_id) else { continue };
        let before = if context.request.state_after { wanted.until + 1 } else { room.start };
        let there: BTreeSet<&str> = room
            .state
            .iter()
            .filter(|event| event.event_type == "m.room.member")
            .filter_map(|event| event.state_key.as_deref())
            .collect();
        let mut users: BTreeSet<&OwnedUserId> = senders(room);
        users.extend(&wanted.members);
        for user_id in users {
            let is_known = !wanted.complete && known.contains(&(wanted.room_id.clone(), user_id.clone()));
            if !there.contains(user_id.as_str()) && !is_known {
                missing.push((wanted.room_id.clone(), user_id.clone(), before));
            }
        }
    }
    for (room_id, events) in events::members_before(connection, &missing).await? {
        if let Some(room) = found.get_mut(&room_id) {
            room.state.extend(events);
        }
    }
    Ok(())
}

/// Those whose member events the client has.
async fn known(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
    found: &HashMap<OwnedRoomId, Found>,
) -> Result<HashSet<(OwnedRoomId, OwnedUserId)>> {
    let limit = context.since.lazy_limit;
    if context.wishes.redundant || limit == 0 {
        return Ok(HashSet::new());
    }
    let mut known = HashSet::new();
    let mut rooms = Vec::new();
    for wanted in wanted.iter().filter(|wanted| !wanted.complete) {
        let Some(room) = found.get(&wanted.room_id).filter(|room| !room.timeline.is_empty()) else { continue };
        let kept = context.services.tail.senders(&wanted.room_id, wanted.after, limit);
        if kept.all || senders(room).is_subset(&kept.users.iter().collect()) {
            known.extend(kept.users.into_iter().map(|user_id| (wanted.room_id.clone(), user_id)));
        } else {
            rooms.push((wanted.room_id.clone(), wanted.after));
        }
    }
    known.extend(events::recent_senders(connection, &rooms, limit).await?);
    Ok(known)
}
