//! Which events refer to an event, see [references].
//!
//! [references]: https://spec.matrix.org/v1.18/client-server-api/#reference-relations

use std::collections::HashMap;

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId};

use super::{
    super::event::StoredEvent,
    sight::{Child, Sight},
};
use crate::{
    Result,
    storage::{Connection, args, texts},
};

/// The most references that come with one event; the others are asked for.
const MAX_REFERENCES: usize = 1_000;

/// The events that refer to each event, oldest first, as far as the viewer sees them.
pub(super) async fn of(
    connection: &mut Connection,
    sight: &mut Sight<'_>,
    parents: &[&StoredEvent],
) -> Result<HashMap<OwnedEventId, Vec<OwnedEventId>>> {
    let rooms: HashMap<&str, &StoredEvent> = parents.iter().map(|parent| (parent.event_id.as_str(), *parent)).collect();
    let ids = texts(parents.iter().map(|parent| &parent.event_id));
    let sql = "SELECT relates_to, event_id, room_id, position, sender FROM events \
        WHERE relates_to {in 1} AND rel_type = 'm.reference' ORDER BY position";
    let mut references: HashMap<OwnedEventId, Vec<OwnedEventId>> = HashMap::new();
    for row in connection.fetch_all(sql, args![ids]).await? {
        let (parent, room_id): (OwnedEventId, OwnedRoomId) = (row.get(0)?, row.get(2)?);
        let sender: OwnedUserId = row.get(4)?;
        let is_in_room = rooms.get(parent.as_str()).is_some_and(|parent| parent.room_id == room_id);
        let is_full = references.get(&parent).is_some_and(|found| found.len() >= MAX_REFERENCES);
        let child = Child { room_id: &room_id, position: row.get(3)?, sender: &sender };
        if is_in_room && !is_full && sight.sees(connection, child).await? {
            references.entry(parent).or_default().push(row.get(1)?);
        }
    }
    Ok(references)
}
