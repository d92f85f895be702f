//! What a viewer may see of the children of events, asked for as few rooms as need it.

use std::collections::{BTreeSet, HashMap};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};

use super::super::visibility::{History, ignored_by};
use crate::{
    Result,
    storage::{Connection, StreamPosition, args},
};

/// A message as far as it matters whether it is seen.
#[derive(Clone, Copy, Debug)]
pub(in crate::service::timeline) struct Child<'c> {
    pub(in crate::service::timeline) room_id: &'c RoomId,
    pub(in crate::service::timeline) position: StreamPosition,
    pub(in crate::service::timeline) sender: &'c UserId,
}

/// What a viewer may see.
pub(in crate::service::timeline) struct Sight<'s> {
    viewer: &'s UserId,
    ignored: Option<BTreeSet<OwnedUserId>>,
    /// From where on members see everything: their member event.
    joined: HashMap<OwnedRoomId, Option<StreamPosition>>,
    histories: HashMap<OwnedRoomId, History>,
}

impl<'s> Sight<'s> {
    pub(in crate::service::timeline) fn new(viewer: &'s UserId) -> Self {
        Self { viewer, ignored: None, joined: HashMap::new(), histories: HashMap::new() }
    }

    /// Whom the viewer ignores.
    pub(in crate::service::timeline) async fn ignored(
        &mut self,
        connection: &mut Connection,
    ) -> Result<&BTreeSet<OwnedUserId>> {
        if self.ignored.is_none() {
            self.ignored = Some(ignored_by(connection, self.viewer).await?);
        }
        Ok(self.ignored.get_or_insert_default())
    }

    /// Whether the viewer sees a message.
    pub(in crate::service::timeline) async fn sees(
        &mut self,
        connection: &mut Connection,
        child: Child<'_>,
    ) -> Result<bool> {
        if self.ignored(connection).await?.contains(child.sender) {
            return Ok(false);
        }
        if self.joined_at(connection, child.room_id).await?.is_some_and(|joined| joined < child.position) {
            return Ok(true);
        }
        if !self.histories.contains_key(child.room_id) {
            let history = History::load(connection, child.room_id, self.viewer).await?;
            self.histories.insert(child.room_id.to_owned(), history);
        }
        Ok(self.histories.get(child.room_id).is_some_and(|history| history.shows_message(child.position)))
    }

    /// The member event of a viewer who is in the room: all that follows it is theirs to see.
    async fn joined_at(&mut self, connection: &mut Connection, room_id: &RoomId) -> Result<Option<StreamPosition>> {
        if let Some(joined) = self.joined.get(room_id) {
            return Ok(*joined);
        }
        let sql = "SELECT position FROM memberships WHERE room_id = $1 AND user_id = $2 AND membership = 'join'";
        let row = connection.fetch_optional(sql, args![room_id, self.viewer]).await?;
        let joined = row.map(|row| row.get(0)).transpose()?;
        self.joined.insert(room_id.to_owned(), joined);
        Ok(joined)
    }
}
