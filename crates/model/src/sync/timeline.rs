//! Events in the order of a sync: behind everything that is ordered already.

use ruma::OwnedEventId;

use super::response::TimelinePart;
use crate::{
    event::Event,
    protocol::Membership,
    room::StoredRoom,
    timeline::{Position, editor::Editor},
};

/// Adds the events of a sync.
///
/// A limited timeline leaves a gap, unless one of its events stands at the end of the timeline already: then the
/// response is a replay, and the gap was left the first time.
pub(super) fn append(timeline: &mut Editor<'_>, part: &TimelinePart, room: Option<&StoredRoom>) {
    let tail = start_of_tail(timeline, room);
    let in_tail = |event_id: &OwnedEventId, timeline: &Editor<'_>| {
        timeline.ordered_chunk_of(event_id).is_some_and(|position| tail.is_some_and(|tail| position >= tail))
    };
    let overlaps = part.events.iter().any(|event| in_tail(&event.event_id, timeline));
    let gap = match part.events.first() {
        Some(first) if !overlaps && leaves_gap(part, room, tail.is_some()) => {
            Some(Editor::gap_before(&first.event_id, part.prev_batch.clone(), None))
        }
        _ => None,
    };

    let (known, new): (Vec<Event>, Vec<Event>) =
        part.events.iter().cloned().partition(|event| in_tail(&event.event_id, timeline));
    let (entries, related) = timeline.entries(&new);
    timeline.append(entries, gap);
    timeline.renew_all(&known);
    timeline.fold_all(&related);
}

fn leaves_gap(part: &TimelinePart, room: Option<&StoredRoom>, has_history: bool) -> bool {
    let begins = part.events.first().is_some_and(|event| event.event_type == "m.room.create");
    if begins || part.prev_batch.is_none() {
        return false;
    }
    // Between leaving and coming back there may be history that nobody sent.
    let was_away = room.is_none_or(|room| room.membership != Membership::Join);
    part.limited || !has_history || was_away
}

/// The first of the last chunks behind the last gap. Of other chunks that are loaded it is not known what is between.
fn start_of_tail(timeline: &Editor<'_>, room: Option<&StoredRoom>) -> Option<Position> {
    let mut tail = None;
    let is_last = |position: Position| room.is_some_and(|room| room.latest_chunks.contains(&position));
    for chunk in timeline.ordered().rev().take_while(|chunk| is_last(chunk.position)) {
        tail = Some(chunk.position);
        if chunk.gap.is_some() {
            break;
        }
    }
    tail
}
