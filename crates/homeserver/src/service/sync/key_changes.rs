//! Whose devices changed between two syncs, for a client that did not keep what it was told, see
//! [`/keys/changes`].
//!
//! [`/keys/changes`]: https://spec.matrix.org/v1.18/client-server-api/#get_matrixclientv3keyschanges

use std::collections::BTreeSet;

use ruma::{OwnedUserId, UserId};

use super::{SyncToken, devices::sharing};
use crate::{
    MatrixError, Result,
    service::{Services, keys},
    storage::{Connection, args},
};

/// Whose devices have to be asked for anew, and whose need not be followed any longer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyChanges {
    /// Changed, or new in a shared room.
    pub changed: Vec<OwnedUserId>,
    /// In no shared room any more.
    pub left: Vec<OwnedUserId>,
}

impl Services {
    /// The changes between two tokens of sync. Some that lie outside may be among them: a client
    /// asks once too often rather than once too little.
    pub async fn key_changes(&self, user_id: &UserId, from: &str, to: &str) -> Result<KeyChanges> {
        let parse = |token: &str| token.parse().map_err(|_| MatrixError::invalid_param("this is no token of /sync"));
        KeyChanges::between(&mut self.storage.read().await?, user_id, parse(from)?, parse(to)?).await
    }
}

impl KeyChanges {
    /// The changes between two tokens.
    pub(super) async fn between(
        connection: &mut Connection,
        user_id: &UserId,
        from: SyncToken,
        to: SyncToken,
    ) -> Result<Self> {
        let own = user_id.to_owned();
        let changed = keys::changed(connection, from.device_lists, to.device_lists).await?;
        let moved = moved(connection, user_id, from, to).await?;

        let others: BTreeSet<&OwnedUserId> = changed.iter().chain(&moved).filter(|id| **id != own).collect();
        let shared = sharing(connection, &own, &others.into_iter().collect::<Vec<_>>()).await?;
        let mut changes = Self::default();
        changes.left.extend(moved.iter().filter(|id| **id != own && !shared.contains(*id)).cloned());
        changes.changed.extend(shared);
        changes.changed.extend(changed.into_iter().find(|id| *id == own));
        Ok(changes)
    }
}

/// Who came or went in the user's rooms, and who is in the rooms that the user entered or left.
async fn moved(
    connection: &mut Connection,
    user_id: &UserId,
    from: SyncToken,
    to: SyncToken,
) -> Result<BTreeSet<OwnedUserId>> {
    let sql = "SELECT c.user_id FROM membership_changes c \
            JOIN memberships own ON own.room_id = c.room_id AND own.user_id = $1 \
            WHERE c.position > $2 AND c.position <= $3 AND (c.membership = 'join' OR c.previous = 'join') \
        UNION SELECT m.user_id FROM membership_changes own \
            JOIN memberships m ON m.room_id = own.room_id AND m.membership = 'join' \
            WHERE own.user_id = $1 AND own.position > $2 AND own.position <= $3";
    let rows = connection.fetch_all(sql, args![user_id, from.events, to.events]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
}
