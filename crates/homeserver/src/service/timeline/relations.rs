//! The events that say something of an event, see the [relationships API].
//!
//! [relationships API]: https://spec.matrix.org/v1.18/client-server-api/#relationships-api

use std::fmt::Write as _;

use ruma::{EventId, RoomId, UserId, api::Direction};

use super::{History, StoredEvent, Token, event::columns};
use crate::{
    Result,
    service::rooms::Rooms,
    storage::{Connection, Stream, StreamPosition, Value, args},
};

/// How far relations of relations are followed.
pub const RECURSION_DEPTH: u8 = 3;

/// The events of a page for clients that do not say.
const DEFAULT_LIMIT: usize = 50;

/// The most events of a page.
const MAX_LIMIT: usize = 500;

/// Pages read for one that is asked for, where the user sees little.
const MAX_PAGES: usize = 10;

/// Which relations to page through.
#[derive(Clone, Debug)]
pub struct RelationsRequest<'r> {
    /// The room.
    pub room_id: &'r RoomId,
    /// The event they relate to.
    pub event_id: &'r EventId,
    /// Who asks.
    pub user_id: &'r UserId,
    /// Only relations of this type.
    pub rel_type: Option<String>,
    /// Only events of this type.
    pub event_type: Option<String>,
    /// Where to begin.
    pub from: Option<Token>,
    /// Where to end.
    pub to: Option<Token>,
    /// Which way.
    pub direction: Direction,
    /// How many.
    pub limit: Option<usize>,
    /// Relations of relations too.
    pub recurse: bool,
}

/// A page of relations.
#[derive(Clone, Debug)]
pub struct Relations {
    /// The events, in the direction asked for.
    pub events: Vec<StoredEvent>,
    /// Where the next page begins, if there is one.
    pub next: Option<Token>,
    /// What the user was in the room, and when.
    pub history: History,
}

impl Rooms {
    /// A page of the events that relate to one the user sees.
    pub async fn relations(&self, request: &RelationsRequest<'_>) -> Result<Relations> {
        let (_, history) = self.event(request.room_id, request.event_id, request.user_id).await?;
        let now = self.storage().streams().current(Stream::Events);
        let mut connection = self.storage().read().await?;
        let limit = request.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
        let end = |token: Option<Token>, default: StreamPosition| token.map_or(default, |token| token.0);
        // Both ends as the positions after the first and up to the second.
        let (mut low, mut high) = match request.direction {
            Direction::Forward => (end(request.from, 0), end(request.to, now)),
            Direction::Backward => (end(request.to, 0), end(request.from, now)),
        };
        let (mut events, mut next) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let wanted = limit - events.len();
            let mut found = request.read(&mut connection, low, high, wanted + 1).await?;
            let has_more = found.len() > wanted;
            found.truncate(wanted);
            let Some(last) = found.last().map(|event| event.position) else { break };
            match request.direction {
                Direction::Forward => low = last,
                Direction::Backward => high = last - 1,
            }
            events.extend(found.into_iter().filter(|event| history.allows(event)));
            next = has_more.then_some(match request.direction {
                Direction::Forward => Token(low),
                Direction::Backward => Token(high),
            });
            if !has_more || events.len() >= limit {
                break;
            }
        }
        Ok(Relations { events, next, history })
    }
}

impl RelationsRequest<'_> {
    async fn read(
        &self,
        connection: &mut Connection,
        low: StreamPosition,
        high: StreamPosition,
        limit: usize,
    ) -> Result<Vec<StoredEvent>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut values = args![self.event_id, self.room_id, low, high, limit];
        let mut wanted = String::new();
        for (column, value) in [("rel_type", &self.rel_type), ("type", &self.event_type)] {
            if let Some(value) = value {
                values.push(Value::from(value));
                // Writing to a string cannot fail.
                let _: std::fmt::Result = write!(wanted, " AND child.{column} = ${}", values.len());
            }
        }
        let order = if self.direction == Direction::Forward { "ASC" } else { "DESC" };
        let sql = if self.recurse {
            format!(
                "WITH RECURSIVE related (event_id, position, depth) AS ( \
                     SELECT child.event_id, child.position, 1 FROM events child \
                     WHERE child.relates_to = $1 AND child.room_id = $2{wanted} \
                     UNION ALL \
                     SELECT child.event_id, child.position, related.depth + 1 \
                     FROM related JOIN events child ON child.relates_to = related.event_id \
                     WHERE child.room_id = $2 AND related.depth < {RECURSION_DEPTH}{wanted} \
                 ) \
                 SELECT {} FROM related JOIN events event ON event.position = related.position \
                 WHERE related.position > $3 AND related.position <= $4 ORDER BY related.position {order} LIMIT $5",
                columns!()
            )
        } else {
            format!(
                "SELECT {} FROM events event WHERE event.relates_to = $1 AND event.room_id = $2 \
                 AND event.position > $3 AND event.position <= $4{} ORDER BY event.position {order} LIMIT $5",
                columns!(),
                wanted.replace("child.", "event.")
            )
        };
        StoredEvent::from_rows(&connection.fetch_all(sql, values).await?)
    }
}
