//! A single event, and what stands around it.

use ruma::{EventId, OwnedRoomId, RoomId, UserId, api::client::filter::RoomEventFilter};

use super::{
    History, Standing, StoredEvent, Token,
    access::Access,
    erasure, filter,
    messages::members_of,
    read::{self, after, before},
    related::RelatedBy,
};
use crate::{
    MatrixError, Result,
    service::rooms::{Rooms, state_groups},
    storage::{Stream, args},
};

/// The most events around one.
const MAX_LIMIT: usize = 200;

/// An event with what stands around it.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where the events before go on.
    pub start: Token,
    /// Where the events after go on.
    pub end: Token,
    /// The events before, newest first.
    pub before: Vec<StoredEvent>,
    /// The event.
    pub event: StoredEvent,
    /// The events after, oldest first.
    pub after: Vec<StoredEvent>,
    /// The state at the last of them, or the members it takes to show them.
    pub state: Vec<StoredEvent>,
    /// What the user was in the room, and when.
    pub history: History,
}

impl Rooms {
    /// The event, if the user may see it.
    pub async fn event(
        &self,
        room_id: &RoomId,
        event_id: &EventId,
        user_id: &UserId,
    ) -> Result<(StoredEvent, History)> {
        let mut connection = self.storage().read().await?;
        let missing = || MatrixError::not_found("there is no such event");
        let event = read::event(&mut connection, event_id).await?;
        let event = event.filter(|event| event.room_id == room_id).ok_or_else(missing)?;
        let history = History::load(&mut connection, room_id, user_id).await?;
        if history.allows(&event) { Ok((event, history)) } else { Err(missing()) }
    }

    /// Which room an event is in, whoever may see it.
    pub async fn room_of(&self, event_id: &EventId) -> Result<Option<OwnedRoomId>> {
        let sql = "SELECT room_id FROM events WHERE event_id = $1";
        let row = self.storage().read().await?.fetch_optional(sql, args![event_id]).await?;
        Ok(row.map(|row| row.get(0)).transpose()?)
    }

    /// The event with what stands around it.
    pub async fn context(
        &self,
        (room_id, event_id): (&RoomId, &EventId),
        user_id: &UserId,
        limit: usize,
        (filter, related_by): (&RoomEventFilter, &RelatedBy),
    ) -> Result<Context> {
        // Who may not look into the room is told so, whatever they ask for.
        Access::of(&mut self.storage().read().await?, room_id, user_id).await?;
        let (event, _) = self.event(room_id, event_id, user_id).await?;
        let now = self.storage().streams().current(Stream::Events);
        let mut connection = self.storage().read().await?;
        let access = Access::of(&mut connection, room_id, user_id).await?;
        let limit = limit.min(MAX_LIMIT);

        let mut earlier = before(&mut connection, room_id, event.position - 1, 0, limit / 2).await?;
        let start = earlier.last().map_or(event.position, |event| event.position) - 1;
        let mut later = after(&mut connection, room_id, event.position, access.end(now), limit - limit / 2).await?;
        let around = earlier.iter().chain(&later).collect();
        let related = related_by.among(&mut connection, user_id, around).await?;
        let wanted =
            |event: &StoredEvent| access.history.allows(event) && filter::matches(filter, event) && related.has(event);
        earlier.retain(wanted);
        let end = later.last().map_or(event.position, |event| event.position);
        later.retain(wanted);

        let last = later.last().unwrap_or(&event);
        let mut state = if filter.lazy_load_options.is_disabled() {
            let state = state_groups::state_at(&mut connection, last.state_after).await?;
            read::events(&mut connection, state.values()).await?
        } else {
            let mut all: Vec<StoredEvent> = later.iter().rev().cloned().collect();
            all.push(event.clone());
            all.extend(earlier.iter().cloned());
            members_of(&mut connection, filter, &all).await?
        };
        let standing = Standing::of([(room_id, &access.history)]);
        erasure::hide(&mut connection, user_id, &standing, state.iter_mut().collect()).await?;
        Ok(Context {
            start: Token(start),
            end: Token(end),
            before: earlier,
            event,
            after: later,
            state,
            history: access.history,
        })
    }
}
