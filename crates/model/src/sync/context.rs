//! `GET /rooms/{roomId}/context/{eventId}`: a piece of history from the middle of a gap.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#get_matrixclientv3roomsroomidcontexteventid>

use ruma::RoomId;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    joined::needs_of_event,
    paginated::lazy_members,
    response::{MalformedRoom, events},
};
use crate::{
    changes::{Needs, RoomChanges, Snapshot},
    event::Event,
    room::StoredRoom,
    timeline::{
        Gap, IndexKey, Position,
        editor::{Editor, Entry},
    },
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

/// Both sides of every gap, since a piece may meet several, and where the events may be stored.
pub(super) fn needs(room: Option<&StoredRoom>, response: &ContextResponse) -> Needs {
    let mut needs = Needs::default();
    let Some(room) = room else { return needs };
    needs.chunks.extend(room.gaps.keys().copied());
    needs.chunks_before.extend(room.gaps.keys().copied());
    for event in &response.events {
        needs.index.insert(IndexKey::Event(event.event_id.clone()));
        needs.index.extend(needs_of_event(room, event));
    }
    needs
}

/// Places the piece in its gap; where it meets a side, the gap ends there.
pub(super) fn context(room_id: &RoomId, snapshot: &Snapshot, response: &ContextResponse) -> RoomChanges {
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

/// What is new of the piece, run by run: each goes next to the known event that stands beside it in the piece.
fn place(timeline: &mut Editor<'_>, room: &StoredRoom, response: &ContextResponse) {
    let is_known: Vec<bool> =
        response.events.iter().map(|event| timeline.ordered_chunk_of(&event.event_id).is_some()).collect();
    let known = known_events(response, &is_known);
    let mut all_related = Vec::new();
    let mut start = 0;
    while start < is_known.len() {
        if is_known.get(start) == Some(&true) {
            start += 1;
            continue;
        }
        let end = (start..is_known.len()).find(|index| is_known.get(*index) == Some(&true)).unwrap_or(is_known.len());
        let stands_in = |index: Option<usize>| {
            let event = index.and_then(|index| response.events.get(index))?;
            timeline.ordered_chunk_of(&event.event_id)
        };
        let (before, after) = (stands_in(start.checked_sub(1)), stands_in(Some(end)));
        let gap_at = after.or_else(|| before.and_then(|before| next_chunk(timeline, before)));
        let run = response.events.get(start..end).unwrap_or_default();
        let (entries, related) = timeline.entries(run);
        all_related.extend(related);
        match (before, after.or_else(|| gap_around(room, response.timestamp))) {
            (Some(before), _) => follow(timeline, before, gap_at, after.is_some(), entries, response),
            (None, Some(newer)) if after.is_some() => {
                let gap = timeline.chunk(newer).and_then(|chunk| chunk.gap.clone());
                let remains = gap.zip(response.start.clone());
                let remains = remains.map(|(gap, start)| Gap { prev_batch: Some(start), ..gap });
                timeline.prepend(newer, entries, remains);
            }
            (None, Some(newer)) => island(timeline, run, entries, newer, response),
            // History without a gap has no place for it.
            (None, None) => {}
        }
        start = end;
    }
    timeline.renew_all(&known);
    timeline.fold_all(&all_related);
}

fn known_events(response: &ContextResponse, is_known: &[bool]) -> Vec<Event> {
    response.events.iter().zip(is_known).filter(|(_, known)| **known).map(|(event, _)| event.clone()).collect()
}

fn next_chunk(timeline: &Editor<'_>, position: Position) -> Option<Position> {
    timeline.ordered().map(|chunk| chunk.position).find(|other| *other > position)
}

/// A run that follows a known event fills the gap behind it, whole if a known event follows the run too.
fn follow(
    timeline: &mut Editor<'_>,
    before: Position,
    gap_at: Option<Position>,
    is_whole: bool,
    entries: Vec<Entry>,
    response: &ContextResponse,
) {
    timeline.insert_after(before, entries);
    let Some(newer) = gap_at else { return };
    let gap = timeline.chunk(newer).and_then(|chunk| chunk.gap.clone());
    timeline.chunk_mut(newer).gap =
        gap.filter(|_| !is_whole).map(|gap| Gap { next_batch: response.end.clone(), ..gap });
}

/// A piece that meets nothing known stands between two gaps.
fn island(timeline: &mut Editor<'_>, run: &[Event], entries: Vec<Entry>, newer: Position, response: &ContextResponse) {
    let older = timeline.ordered().map(|chunk| chunk.position).take_while(|other| *other < newer).last();
    let (Some(gap), Some(position), Some(first)) =
        (timeline.chunk(newer).and_then(|chunk| chunk.gap.clone()), newer.middle(older), run.first())
    else {
        return;
    };
    let before =
        response.start.clone().map(|start| Editor::gap_before(&first.event_id, Some(start), gap.next_batch.clone()));
    timeline.chunk_mut(position).gap = before;
    timeline.insert_after(position, entries);
    timeline.chunk_mut(newer).gap = Some(Gap { next_batch: response.end.clone(), ..gap });
}
