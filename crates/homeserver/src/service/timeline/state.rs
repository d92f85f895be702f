//! The state of a room, for those who may see it: members as it is, former members as it was.

use ruma::{RoomId, UserId, events::StateEventType};

use super::{StoredEvent, access::Access, event::columns, read};
use crate::{
    MatrixError, Result,
    service::rooms::{
        Rooms,
        state_groups::{self, StateGroup},
    },
    storage::{Connection, StreamPosition, args},
};

impl Rooms {
    /// The whole state.
    pub async fn state(&self, room_id: &RoomId, user_id: &UserId) -> Result<Vec<StoredEvent>> {
        let mut connection = self.storage().read().await?;
        let access = Access::of(&mut connection, room_id, user_id).await?;
        match access.until {
            None => read::current_state(&mut connection, room_id).await,
            Some(position) => {
                let group = group_at(&mut connection, room_id, position).await?;
                let state = state_groups::state_at(&mut connection, group).await?;
                read::events(&mut connection, state.values()).await
            }
        }
    }

    /// One entry of the state.
    pub async fn state_entry(
        &self,
        room_id: &RoomId,
        user_id: &UserId,
        event_type: &StateEventType,
        state_key: &str,
    ) -> Result<StoredEvent> {
        let mut connection = self.storage().read().await?;
        let access = Access::of(&mut connection, room_id, user_id).await?;
        let event = match access.until {
            None => current_entry(&mut connection, room_id, event_type, state_key).await?,
            Some(position) => {
                let group = group_at(&mut connection, room_id, position).await?;
                let keys = [state_key.to_owned()];
                let entries = state_groups::entries_at(&mut connection, group, event_type, &keys).await?;
                read::events(&mut connection, entries.values()).await?.pop()
            }
        };
        event.ok_or_else(|| MatrixError::not_found("the room has no such state"))
    }
}

/// The event that sets an entry of the current state.
pub async fn current_entry(
    connection: &mut Connection,
    room_id: &RoomId,
    event_type: &StateEventType,
    state_key: &str,
) -> Result<Option<StoredEvent>> {
    let row = connection
        .fetch_optional(
            concat!(
                "SELECT ",
                columns!(),
                " FROM current_state state JOIN events event ON event.event_id = state.event_id \
                 WHERE state.room_id = $1 AND state.type = $2 AND state.state_key = $3"
            ),
            args![room_id, event_type.to_string(), state_key],
        )
        .await?;
    Ok(row.as_ref().map(StoredEvent::from_row).transpose()?)
}

/// The state group after the last event up to a position.
pub(super) async fn group_at(
    connection: &mut Connection,
    room_id: &RoomId,
    position: StreamPosition,
) -> Result<StateGroup> {
    let sql = "SELECT state_after FROM events WHERE room_id = $1 AND position <= $2 ORDER BY position DESC LIMIT 1";
    let row = connection.fetch_optional(sql, args![room_id, position]).await?;
    let row = row.ok_or_else(|| MatrixError::not_found("the room did not exist then"))?;
    Ok(row.get(0)?)
}
