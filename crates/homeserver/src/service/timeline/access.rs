//! How far into a room a user may look.

use ruma::{RoomId, UserId, events::room::member::MembershipState};

use super::History;
use crate::{
    MatrixError, Result,
    storage::{Connection, StreamPosition},
};

/// What a user may look at of a room, besides the history visibility of each event.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) history: History,
    /// Where the room ends for those who left; nothing for those who see it as it is.
    pub(super) until: Option<StreamPosition>,
}

impl Access {
    /// Admits members, former members up to their leaving, and everyone where the world may read.
    pub(super) async fn of(connection: &mut Connection, room_id: &RoomId, user_id: &UserId) -> Result<Self> {
        let history = History::load(connection, room_id, user_id).await?;
        if history.membership() == Some(&MembershipState::Join) || history.is_world_readable() {
            return Ok(Self { history, until: None });
        }
        let until = history.left_at();
        if until.is_none() {
            return Err(MatrixError::forbidden("you are not in this room"));
        }
        Ok(Self { history, until })
    }

    /// The last position the user may see.
    pub(super) fn end(&self, now: StreamPosition) -> StreamPosition {
        self.until.map_or(now, |until| until.min(now))
    }
}
