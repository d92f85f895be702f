//! The event that was sent nearest to a time.

use ruma::{RoomId, UserId, api::Direction};

use super::{StoredEvent, access::Access, event::columns};
use crate::{MatrixError, Result, service::rooms::Rooms, storage::args};

/// Events looked at in one statement.
const CHUNK: i64 = 50;

/// The most events looked at: who sees little of a room must not make us read all of it.
const MAX_CHUNKS: usize = 20;

impl Rooms {
    /// The event the user sees that was sent at the time or next to it in the direction.
    pub async fn event_by_time(
        &self,
        room_id: &RoomId,
        user_id: &UserId,
        time: i64,
        direction: Direction,
    ) -> Result<StoredEvent> {
        let mut connection = self.storage().read().await?;
        let access = Access::of(&mut connection, room_id, user_id).await?;
        let later = concat!(
            "SELECT ",
            columns!(),
            " FROM events event WHERE event.room_id = $1 AND event.origin_server_ts >= $2 \
             AND (event.origin_server_ts > $2 OR event.position > $3) \
             ORDER BY event.origin_server_ts, event.position LIMIT $4"
        );
        let earlier = concat!(
            "SELECT ",
            columns!(),
            " FROM events event WHERE event.room_id = $1 AND event.origin_server_ts <= $2 \
             AND (event.origin_server_ts < $2 OR event.position < $3) \
             ORDER BY event.origin_server_ts DESC, event.position DESC LIMIT $4"
        );
        let (sql, mut position) = match direction {
            Direction::Forward => (later, 0),
            Direction::Backward => (earlier, i64::MAX),
        };
        let mut time = time;
        for _ in 0..MAX_CHUNKS {
            let rows = connection.fetch_all(sql, args![room_id, time, position, CHUNK]).await?;
            let events = StoredEvent::from_rows(&rows)?;
            let Some(last) = events.last() else { break };
            (time, position) = (last.origin_server_ts, last.position);
            if let Some(event) = events.into_iter().find(|event| access.history.allows(event)) {
                return Ok(event);
            }
        }
        Err(MatrixError::not_found("there is no event at that time"))
    }
}
