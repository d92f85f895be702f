//! `GET /rooms/{roomId}/messages` at a gap, from either side.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#get_matrixclientv3roomsroomidmessages>

use ruma::RoomId;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    joined::needs_of_event,
    response::{MalformedRoom, events},
    state,
};
use crate::{
    changes::{Needs, RoomChanges, Snapshot},
    event::Event,
    protocol::{Membership, PaginationDirection},
    room::{StoredRoom, preview},
    timeline::{Gap, Position, editor::Editor},
};

/// The answer of `/messages`, in the order it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MessagesResponse {
    pub events: Vec<Event>,
    /// Members that the events need.
    pub state: Vec<Event>,
    /// The token for the next page. `None`: there is no more in this direction.
    pub end: Option<String>,
    pub unreadable: u32,
}

impl MessagesResponse {
    /// Reads an answer, event by event.
    pub fn parse(json: &str) -> Result<Self, MalformedRoom> {
        #[derive(Deserialize)]
        struct Raw<'a> {
            #[serde(borrow, default)]
            chunk: Vec<&'a RawValue>,
            #[serde(borrow, default)]
            state: Vec<&'a RawValue>,
            end: Option<String>,
        }
        let raw: Raw<'_> = serde_json::from_str(json).map_err(|_| MalformedRoom)?;
        let mut unreadable = 0;
        Ok(Self {
            events: events(&raw.chunk, &mut unreadable),
            state: events(&raw.state, &mut unreadable),
            end: raw.end,
            unreadable,
        })
    }
}

/// A page of history for a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Pagination {
    /// The chunk that carries the gap.
    pub position: Position,
    /// The token that was sent: `prev_batch` or `next_batch` of the gap.
    pub from: String,
    pub direction: PaginationDirection,
    pub response: MessagesResponse,
}

/// Both sides of the gap, and what the events are about.
pub(super) fn needs(room: Option<&StoredRoom>, pagination: &Pagination) -> Needs {
    let mut needs = Needs::default();
    needs.chunks.insert(pagination.position);
    needs.chunks_before.insert(pagination.position);
    if let Some(room) = room {
        needs.chunks.extend(room.latest_chunks.iter().copied());
        for event in &pagination.response.events {
            needs.index.extend(needs_of_event(room, event));
        }
    }
    needs.members.extend(pagination.response.state.iter().filter_map(|event| {
        let state_key = event.state_key.as_deref()?;
        ruma::UserId::parse(state_key).ok()
    }));
    needs
}

/// Fills a gap with a page, and closes it when the page reaches the other side.
pub(super) fn paginated(room_id: &RoomId, snapshot: &Snapshot, pagination: &Pagination) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let Some(gap) = snapshot.chunks.get(&pagination.position).and_then(|chunk| chunk.gap.clone()) else {
        return changes;
    };
    let mut room = snapshot.room_or_new(room_id, Membership::Leave);
    lazy_members(&pagination.response.state, snapshot, &room, &mut changes);

    let mut timeline = Editor::new(snapshot);
    let filled = match pagination.direction {
        PaginationDirection::Backward => backward(&mut timeline, pagination, gap),
        PaginationDirection::Forward => forward(&mut timeline, pagination, gap),
    };
    // A page that was asked for with another token has been worked in before.
    if !filled {
        return RoomChanges::new(room_id.to_owned());
    }
    timeline.adopt();
    preview::update(&mut room, &timeline, |user_id| preview::stored_name(snapshot, &changes, user_id));
    timeline.finish(snapshot, &mut room, &mut changes);
    changes.unreadable = pagination.response.unreadable;
    if snapshot.room.as_ref() != Some(&room) {
        changes.touched.tile = true;
        changes.room = Some(room);
    }
    changes
}

/// Members sent along with old events say how they were then: only those nobody knows are taken over.
pub(super) fn lazy_members(members: &[Event], snapshot: &Snapshot, room: &StoredRoom, changes: &mut RoomChanges) {
    if room.members_complete {
        return;
    }
    for event in members.iter().filter(|event| event.event_type == "m.room.member") {
        let member = event.state_key.as_deref().and_then(|state_key| state::member(state_key, &event.json));
        if let Some(member) = member.filter(|member| !snapshot.members.contains_key(&member.user_id)) {
            changes.touched.members.insert(member.user_id.clone());
            changes.members.insert(member.user_id.clone(), Some(member));
        }
    }
}

fn backward(timeline: &mut Editor<'_>, pagination: &Pagination, gap: Gap) -> bool {
    if gap.prev_batch.as_deref() != Some(&*pagination.from) {
        return false;
    }
    let mut events = pagination.response.events.clone();
    events.reverse();
    let older = timeline.ordered().map(|chunk| chunk.position).take_while(|other| *other < pagination.position).last();
    let overlap = events.iter().rposition(|event| {
        older.is_some() && timeline.ordered_chunk_of(&event.event_id).is_some_and(|position| Some(position) == older)
    });
    let new = events.split_off(overlap.map_or(0, |index| index + 1));
    let remains = match (&overlap, &pagination.response.end) {
        (None, Some(end)) => Some(Gap { prev_batch: Some(end.clone()), ..gap }),
        _ => None,
    };
    fill(timeline, &events, &new, |timeline, entries| timeline.prepend(pagination.position, entries, remains));
    true
}

fn forward(timeline: &mut Editor<'_>, pagination: &Pagination, gap: Gap) -> bool {
    if gap.next_batch.as_deref() != Some(&*pagination.from) {
        return false;
    }
    let mut new = pagination.response.events.clone();
    let older = timeline.ordered().map(|chunk| chunk.position).take_while(|other| *other < pagination.position).last();
    let Some(older) = older else { return false };
    let overlap = new.iter().position(|event| {
        timeline.ordered_chunk_of(&event.event_id).is_some_and(|position| position >= pagination.position)
    });
    let known = new.split_off(overlap.unwrap_or(new.len()));
    let remains = match (&overlap, &pagination.response.end) {
        (None, Some(end)) => Some(Gap { next_batch: Some(end.clone()), ..gap }),
        _ => None,
    };
    fill(timeline, &known, &new, |timeline, entries| timeline.insert_after(older, entries));
    timeline.chunk_mut(pagination.position).gap = remains;
    true
}

/// Puts new events in their place and renews the known ones.
pub(super) fn fill(
    timeline: &mut Editor<'_>,
    known: &[Event],
    new: &[Event],
    put: impl FnOnce(&mut Editor<'_>, Vec<crate::timeline::editor::Entry>),
) {
    let (entries, related) = timeline.entries(new);
    put(timeline, entries);
    timeline.renew_all(known);
    timeline.fold_all(&related);
}
