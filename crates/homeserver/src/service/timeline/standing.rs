//! How the viewer of events stood to their rooms when each was sent.
//!
//! The membership is what the specification wants beside an event ([unsigned data]), so that a client knows
//! which messages it cannot have the keys of.
//!
//! [unsigned data]: https://spec.matrix.org/v1.18/client-server-api/#definition-clientevent_unsigneddata

use std::collections::{BTreeSet, HashMap};

use ruma::{OwnedRoomId, RoomId, UserId, events::room::member::MembershipState};

use super::{History, StoredEvent};
use crate::{
    Result,
    storage::{Connection, StreamPosition, args, texts},
};

/// Rooms asked for in one statement.
const ROOMS: usize = 1_000;

/// How the viewer of events stood to their rooms when each was sent.
#[derive(Clone, Debug, Default)]
pub struct Standing(HashMap<OwnedRoomId, Course>);

/// How a membership of one room went.
#[derive(Clone, Debug)]
enum Course {
    /// The viewer is in the room since this position; of what was before nobody asked.
    JoinedSince(StreamPosition),
    /// Every change, oldest first.
    Changes(Vec<(StreamPosition, MembershipState)>),
}

impl Standing {
    /// Of a viewer who is known to be in these rooms since a position.
    pub(in crate::service) fn joined<'r>(rooms: impl IntoIterator<Item = (&'r RoomId, StreamPosition)>) -> Self {
        Self(rooms.into_iter().map(|(room_id, since)| (room_id.to_owned(), Course::JoinedSince(since))).collect())
    }

    /// The rooms of those events of which this cannot tell.
    pub(in crate::service) fn lacks<'e>(
        &self,
        events: impl IntoIterator<Item = &'e StoredEvent>,
    ) -> BTreeSet<OwnedRoomId> {
        let unknown = events.into_iter().filter(|event| self.membership_at(event).is_none());
        unknown.map(|event| event.room_id.clone()).collect()
    }

    /// Finds out how the viewer's membership of these rooms went.
    pub(in crate::service) async fn learn(
        &mut self,
        connection: &mut Connection,
        user_id: &UserId,
        rooms: BTreeSet<OwnedRoomId>,
    ) -> Result<()> {
        for room_id in &rooms {
            self.0.insert(room_id.clone(), Course::Changes(Vec::new()));
        }
        let sql = "SELECT room_id, position, membership FROM membership_changes \
            WHERE user_id = $1 AND room_id {in 2} ORDER BY position";
        for rooms in texts(rooms).chunks(ROOMS) {
            for row in connection.fetch_all(sql, args![user_id, rooms.to_vec()]).await? {
                if let Some(Course::Changes(changes)) = self.0.get_mut(&row.get::<OwnedRoomId>(0)?) {
                    changes.push((row.get(1)?, row.get::<String>(2)?.into()));
                }
            }
        }
        Ok(())
    }

    /// As their histories of these rooms say.
    pub(in crate::service) fn of<'h>(histories: impl IntoIterator<Item = (&'h RoomId, &'h History)>) -> Self {
        let course = |history: &History| Course::Changes(history.memberships().to_vec());
        Self(histories.into_iter().map(|(room_id, history)| (room_id.to_owned(), course(history))).collect())
    }

    /// The membership right after an event; nothing if it is not known.
    pub(super) fn membership_at(&self, event: &StoredEvent) -> Option<MembershipState> {
        match self.0.get(&event.room_id)? {
            Course::JoinedSince(since) => (event.position >= *since).then_some(MembershipState::Join),
            Course::Changes(changes) => Some(membership_at(changes, event.position)),
        }
    }
}

/// The last membership of these up to a position: whoever has none yet has left.
pub(super) fn membership_at(
    changes: &[(StreamPosition, MembershipState)],
    position: StreamPosition,
) -> MembershipState {
    let index = changes.partition_point(|(changed, _)| *changed <= position);
    let last = index.checked_sub(1).and_then(|index| changes.get(index));
    last.map_or(MembershipState::Leave, |(_, membership)| membership.clone())
}
