//! The threads of a room, see [querying threads].
//!
//! [querying threads]: https://spec.matrix.org/v1.18/client-server-api/#querying-threads-in-a-room

use ruma::{RoomId, RoomVersionId, UserId, canonical_json::redact};

use super::{History, StoredEvent, Token, access::Access, event::columns};
use crate::{
    MatrixError, Result,
    service::rooms::{Rooms, version},
    storage::{Connection, Stream, StreamPosition, args},
};

/// The threads of a page for clients that do not say.
const DEFAULT_LIMIT: usize = 20;

/// The most threads of a page.
const MAX_LIMIT: usize = 100;

/// Pages read for one that is asked for, where the user sees few of the roots.
const MAX_PAGES: usize = 10;

/// Which threads to page through.
#[derive(Clone, Copy, Debug)]
pub struct ThreadsRequest<'r> {
    /// The room.
    pub room_id: &'r RoomId,
    /// Who asks.
    pub user_id: &'r UserId,
    /// Only those they took part in.
    pub participated: bool,
    /// Where to begin.
    pub from: Option<Token>,
    /// How many.
    pub limit: Option<usize>,
}

/// A page of threads.
#[derive(Clone, Debug)]
pub struct Threads {
    /// The events they begin with, the thread that was last spoken in first.
    pub roots: Vec<StoredEvent>,
    /// Where the next page begins, if there is one.
    pub next: Option<Token>,
    /// What the user was in the room, and when.
    pub history: History,
}

impl Rooms {
    /// A page of the threads of which the user sees the beginning.
    pub async fn threads(&self, request: ThreadsRequest<'_>) -> Result<Threads> {
        let now = self.storage().streams().current(Stream::Events);
        let mut connection = self.storage().read().await?;
        let Access { history, until } = Access::of(&mut connection, request.room_id, request.user_id).await?;
        let limit = request.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
        let mut from = request.from.map_or(now, |token| token.0);
        let (mut roots, mut next) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let wanted = limit - roots.len();
            let mut found = read(&mut connection, request, from, wanted + 1).await?;
            let has_more = found.len() > wanted;
            found.truncate(wanted);
            let Some((_, last)) = found.last() else { break };
            from = last - 1;
            next = has_more.then_some(Token(from));
            for (root, latest) in found {
                let in_sight = until.is_none_or(|until| latest <= until)
                    || had_begun(&mut connection, &root, until.unwrap_or_default()).await?;
                if in_sight && history.shows(&root) {
                    roots.push(root);
                }
            }
            if !has_more || roots.len() >= limit {
                break;
            }
        }
        if roots.iter().any(|root| history.ignores(root)) {
            // A thread outlives that its beginning is ignored, as it does that it is redacted.
            let rules = room_version(&mut connection, request.room_id).await?;
            for root in roots.iter_mut().filter(|root| history.ignores(root)) {
                let object = serde_json::from_slice(&root.json).map_err(MatrixError::internal)?;
                let redacted = redact(object, &version::rules(&rules)?.redaction, None);
                root.json =
                    serde_json::to_vec(&redacted.map_err(MatrixError::internal)?).map_err(MatrixError::internal)?;
            }
        }
        Ok(Threads { roots, next, history })
    }
}

/// Roots with the position of the last event of their thread.
async fn read(
    connection: &mut Connection,
    request: ThreadsRequest<'_>,
    from: StreamPosition,
    limit: usize,
) -> Result<Vec<(StoredEvent, StreamPosition)>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let all = concat!(
        "SELECT ",
        columns!(),
        ", thread.latest FROM threads thread JOIN events event ON event.event_id = thread.root \
         WHERE thread.room_id = $1 AND thread.latest <= $2 ORDER BY thread.latest DESC LIMIT $3"
    );
    let own = concat!(
        "SELECT ",
        columns!(),
        ", thread.latest FROM threads thread JOIN events event ON event.event_id = thread.root \
         WHERE thread.room_id = $1 AND thread.latest <= $2 AND (event.sender = $4 OR EXISTS ( \
             SELECT 1 FROM thread_senders own WHERE own.root = thread.root AND own.sender = $4)) \
         ORDER BY thread.latest DESC LIMIT $3"
    );
    let mut values = args![request.room_id, from, limit];
    let sql = if request.participated {
        values.push(request.user_id.into());
        own
    } else {
        all
    };
    let rows = connection.fetch_all(sql, values).await?;
    rows.iter().map(|row| Ok((StoredEvent::from_row(row)?, row.get(14)?))).collect()
}

/// Whether there was a thread already at a position.
async fn had_begun(connection: &mut Connection, root: &StoredEvent, at: StreamPosition) -> Result<bool> {
    let sql = "SELECT 1 FROM events WHERE relates_to = $1 AND rel_type = 'm.thread' AND position <= $2 LIMIT 1";
    Ok(connection.fetch_optional(sql, args![&root.event_id, at]).await?.is_some())
}

async fn room_version(connection: &mut Connection, room_id: &RoomId) -> Result<RoomVersionId> {
    let sql = "SELECT version FROM rooms WHERE room_id = $1";
    let row = connection.fetch_one(sql, args![room_id]).await?;
    RoomVersionId::try_from(row.get::<String>(0)?).map_err(MatrixError::internal)
}
