//! Pages of a room's timeline, in both directions.

use std::collections::BTreeSet;

use ruma::{
    RoomId, UserId,
    api::{Direction, client::filter::RoomEventFilter},
    events::StateEventType,
};

use super::{
    History, StoredEvent, Token,
    access::Access,
    filter,
    read::{self, after, before},
    related::RelatedBy,
};
use crate::{
    Result,
    service::rooms::{Rooms, state_groups},
    storage::{Connection, Stream, StreamPosition},
};

/// The most events of one page.
const MAX_LIMIT: usize = 1_000;

/// The most events looked at for one page: a filter that nothing passes must not read a whole room.
const MAX_SCANNED: usize = 5_000;

/// What to page through.
#[derive(Clone, Debug)]
pub struct PageRequest<'r> {
    /// The room.
    pub room_id: &'r RoomId,
    /// Who asks.
    pub user_id: &'r UserId,
    /// Where to begin; at the end of the room that lies behind where it is missing.
    pub from: Option<Token>,
    /// Where to end, if before the limit.
    pub to: Option<Token>,
    /// Which way.
    pub direction: Direction,
    /// How many events.
    pub limit: usize,
    /// Which events.
    pub filter: &'r RoomEventFilter,
    /// And for what relates to them.
    pub related_by: &'r RelatedBy,
}

/// A page of a room's timeline.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it begins.
    pub start: Token,
    /// Where the next one begins, if there may be more.
    pub end: Option<Token>,
    /// The events in the direction asked for.
    pub events: Vec<StoredEvent>,
    /// The member events of those who sent them, if those are to be loaded lazily.
    pub state: Vec<StoredEvent>,
    /// What the user was in the room, and when.
    pub history: History,
}

/// A stretch to look through for events the user may see and wants to.
struct Scan<'s> {
    room_id: &'s RoomId,
    user_id: &'s UserId,
    history: &'s History,
    filter: &'s RoomEventFilter,
    related_by: &'s RelatedBy,
    limit: usize,
}

impl Rooms {
    /// Reads a page of the room's timeline.
    pub async fn messages(&self, request: PageRequest<'_>) -> Result<Page> {
        let now = self.storage().streams().current(Stream::Events);
        let mut connection = self.storage().read().await?;
        let access = Access::of(&mut connection, request.room_id, request.user_id).await?;
        let end = access.end(now);
        let backward = request.direction == Direction::Backward;
        let start = request.from.map_or(if backward { end } else { 0 }, |token| token.0).min(end);
        let scan = Scan {
            room_id: request.room_id,
            user_id: request.user_id,
            history: &access.history,
            filter: request.filter,
            related_by: request.related_by,
            limit: request.limit.clamp(1, MAX_LIMIT),
        };
        let (events, next) = if backward {
            scan.backward(&mut connection, start, request.to.map_or(0, |token| token.0)).await?
        } else {
            scan.forward(&mut connection, start, request.to.map_or(end, |token| token.0.min(end))).await?
        };
        let state = members_of(&mut connection, request.filter, &events).await?;
        Ok(Page { start: Token(start), end: next.map(Token), events, state, history: access.history })
    }
}

impl Scan<'_> {
    /// The events up to `from`, newest first, and where to go on, if there may be more.
    async fn backward(
        &self,
        connection: &mut Connection,
        from: StreamPosition,
        to: StreamPosition,
    ) -> Result<(Vec<StoredEvent>, Option<StreamPosition>)> {
        let mut found = Vec::new();
        let mut position = from;
        let mut scanned = 0;
        while scanned < MAX_SCANNED {
            let chunk = self.limit + 1;
            let events = before(connection, self.room_id, position, to, chunk).await?;
            let is_last = events.len() < chunk;
            scanned += events.len();
            let related = self.related_by.among(connection, self.user_id, events.iter().collect()).await?;
            for event in events {
                if found.len() == self.limit {
                    return Ok((found, Some(position)));
                }
                position = event.position - 1;
                if self.wants(&event) && related.has(&event) {
                    found.push(event);
                }
            }
            if is_last {
                return Ok((found, None));
            }
        }
        Ok((found, Some(position)))
    }

    /// The events after `from`, oldest first, and where to go on, if there may be more or is any.
    async fn forward(
        &self,
        connection: &mut Connection,
        from: StreamPosition,
        to: StreamPosition,
    ) -> Result<(Vec<StoredEvent>, Option<StreamPosition>)> {
        let mut found = Vec::new();
        let mut position = from;
        let mut scanned = 0;
        while scanned < MAX_SCANNED {
            let chunk = self.limit + 1;
            let events = after(connection, self.room_id, position, to, chunk).await?;
            let is_last = events.len() < chunk;
            scanned += events.len();
            let related = self.related_by.among(connection, self.user_id, events.iter().collect()).await?;
            for event in events {
                if found.len() == self.limit {
                    return Ok((found, Some(position)));
                }
                position = event.position;
                if self.wants(&event) && related.has(&event) {
                    found.push(event);
                }
            }
            if is_last {
                // More may come: who found something can go on from there.
                let next = (!found.is_empty()).then_some(to);
                return Ok((found, next));
            }
        }
        Ok((found, Some(position)))
    }

    fn wants(&self, event: &StoredEvent) -> bool {
        self.history.allows(event) && filter::matches(self.filter, event)
    }
}

/// The member events of those who sent the events, as they were at the first of them, if the filter
/// loads members lazily.
pub(super) async fn members_of(
    connection: &mut Connection,
    filter: &RoomEventFilter,
    events: &[StoredEvent],
) -> Result<Vec<StoredEvent>> {
    let Some(first) = events.first().filter(|_| !filter.lazy_load_options.is_disabled()) else {
        return Ok(Vec::new());
    };
    let senders: BTreeSet<String> = events.iter().map(|event| event.sender.to_string()).collect();
    let senders: Vec<String> = senders.into_iter().collect();
    let members =
        state_groups::entries_at(connection, first.state_after, &StateEventType::RoomMember, &senders).await?;
    read::events(connection, members.values()).await
}
