//! `GET /rooms/{roomId}/context/{eventId}`: a piece of history from the middle of a gap.
//!
//! <https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomidcontexteventid>

use ruma::RoomId;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    joined::needs_of_event,
    paginated::{fill, lazy_members},
    response::{MalformedRoom, events},
};
use crate::{
    account::Account,
    changes::{Needs, RoomChanges, Snapshot},
    event::Event,
    room::StoredRoom,
    timeline::{Gap, Position, editor::Editor},
};

/// An event with what stood around it, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextResponse {
    pub events: Vec<Event>,
    /// When the event in the middle was sent.
    pub timestamp: u64,
    /// The token for what was before. `None`: nothing was.
    pub start: Option<String>,
    /// The token for what came after. `None`: nothing did.
    pub end: Option<String>,
    pub state: Vec<Event>,
    pub unreadable: u32,
}

impl ContextResponse {
    /// Reads an answer, event by event.
    pub fn parse(json: &str) -> Result<Self, MalformedRoom> {
        #[derive(Deserialize)]
        struct Raw<'a> {
            #[serde(borrow)]
            event: Option<&'a RawValue>,
            #[serde(borrow, default)]
            events_before: Vec<&'a RawValue>,
            #[serde(borrow, default)]
            events_after: Vec<&'a RawValue>,
            #[serde(borrow, default)]
            state: Vec<&'a RawValue>,
            start: Option<String>,
            end: Option<String>,
        }
        let raw: Raw<'_> = serde_json::from_str(json).map_err(|_| MalformedRoom)?;
        let mut unreadable = 0;
        let middle: Vec<&RawValue> = raw.event.into_iter().collect();
        let mut all = events(&raw.events_before, &mut unreadable);
        all.reverse();
        let middle = events(&middle, &mut unreadable);
        let timestamp = middle.first().map_or(0, |event| event.timestamp);
        all.extend(middle);
        all.extend(events(&raw.events_after, &mut unreadable));
        Ok(Self {
            events: all,
            timestamp,
            start: raw.start,
            end: raw.end,
            state: events(&raw.state, &mut unreadable),
            unreadable,
        })
    }
}

/// The gap the event must be in: the first whose newer side is not older than the event.
fn gap_around(room: &StoredRoom, timestamp: u64) -> Option<Position> {
    let later = room.gaps.iter().find(|(_, newer)| **newer >= timestamp);
    later.or_else(|| room.gaps.last_key_value()).map(|(position, _)| *position)
}

/// Both sides of that gap, and where the events may be stored.
pub(super) fn needs(room: Option<&StoredRoom>, response: &ContextResponse) -> Needs {
    use crate::timeline::IndexKey;
    let mut needs = Needs::default();
    let Some(room) = room else { return needs };
    if let Some(position) = gap_around(room, response.timestamp) {
        needs.chunks.insert(position);
        needs.chunks_before.insert(position);
    }
    for event in &response.events {
        needs.index.insert(IndexKey::Event(event.event_id.clone()));
        needs.index.extend(needs_of_event(room, event));
    }
    needs
}

/// Places the piece in its gap; where it meets a side, the gap ends there.
pub(super) fn context(
    _account: &Account,
    room_id: &RoomId,
    snapshot: &Snapshot,
    response: &ContextResponse,
) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let Some(stored) = &snapshot.room else { return changes };
    let mut room = stored.clone();
    lazy_members(&response.state, snapshot, &room, &mut changes);

    let mut timeline = Editor::new(snapshot);
    place(&mut timeline, stored, response);
    timeline.adopt();
    room.has_fragments = true;
    timeline.finish(snapshot, &mut room, &mut changes);
    changes.unreadable = response.unreadable;
    if *stored != room {
        changes.room = Some(room);
    }
    changes
}

fn place(timeline: &mut Editor<'_>, room: &StoredRoom, response: &ContextResponse) {
    let (known, new): (Vec<Event>, Vec<Event>) =
        response.events.iter().cloned().partition(|event| timeline.ordered_chunk_of(&event.event_id).is_some());
    let gap_at = gap_around(room, response.timestamp)
        .and_then(|position| Some((position, timeline.chunk(position)?.gap.clone()?)));
    let Some((newer, gap)) = gap_at.filter(|_| !new.is_empty()) else {
        timeline.renew_all(&known);
        return;
    };
    let older = timeline.ordered().map(|chunk| chunk.position).take_while(|other| *other < newer).last();
    let stands_in = |event: &Event| timeline.ordered_chunk_of(&event.event_id);
    let meets_older = known.iter().any(|event| older.is_some() && stands_in(event) == older);
    let meets_newer = known.iter().any(|event| stands_in(event) == Some(newer));

    match (meets_older, meets_newer) {
        (true, true) => fill(timeline, &known, &new, |timeline, entries| timeline.prepend(newer, entries, None)),
        (false, true) => {
            let remains = response.start.clone().map(|start| Gap { prev_batch: Some(start), ..gap });
            fill(timeline, &known, &new, |timeline, entries| timeline.prepend(newer, entries, remains));
        }
        (true, false) => {
            let remains = Gap { next_batch: response.end.clone(), ..gap };
            fill(timeline, &known, &new, |timeline, entries| timeline.insert_after(older.unwrap_or(newer), entries));
            timeline.chunk_mut(newer).gap = Some(remains);
        }
        (false, false) => island(timeline, &known, &new, older, newer, gap, response),
    }
}

/// A piece that meets neither side stands between two gaps.
fn island(
    timeline: &mut Editor<'_>,
    known: &[Event],
    new: &[Event],
    older: Option<Position>,
    newer: Position,
    gap: Gap,
    response: &ContextResponse,
) {
    let (Some(position), Some(first)) = (newer.middle(older), new.first()) else { return };
    let before =
        response.start.clone().map(|start| Editor::gap_before(&first.event_id, Some(start), gap.next_batch.clone()));
    fill(timeline, known, new, |timeline, entries| {
        timeline.chunk_mut(position).gap = before;
        timeline.insert_after(position, entries);
    });
    timeline.chunk_mut(newer).gap = Some(Gap { next_batch: response.end.clone(), ..gap });
}
