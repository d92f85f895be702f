//! Encrypted events whose keys came after them.

use ruma::RoomId;

use super::joined::needs_of_event;
use crate::{
    changes::{Needs, RoomChanges, Snapshot},
    event::Event,
    room::{StoredRoom, preview},
    timeline::{IndexKey, Position, editor::Editor},
};

/// The rows, what they turn out to be about, and the end of the timeline for the room's last message.
pub(super) fn needs(room: Option<&StoredRoom>, events: &[Event]) -> Needs {
    let mut needs = Needs::default();
    let Some(room) = room else { return needs };
    needs.chunks.extend(room.latest_chunks.iter().copied());
    if room.pending > 0 {
        needs.chunks.insert(Position::PENDING);
    }
    for event in events {
        needs.index.insert(IndexKey::Event(event.event_id.clone()));
        needs.index.extend(needs_of_event(room, event));
        needs.members.insert(event.sender.clone());
    }
    needs
}

/// Rows become readable in their place.
pub(super) fn decrypted(room_id: &RoomId, snapshot: &Snapshot, events: &[Event]) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let Some(stored) = &snapshot.room else { return changes };
    let mut room = stored.clone();
    let mut timeline = Editor::new(snapshot);
    timeline.decrypted(events);
    timeline.adopt();
    preview::update(&mut room, &timeline, |user_id| preview::stored_name(snapshot, &changes, user_id));
    timeline.finish(snapshot, &mut room, &mut changes);
    if *stored != room {
        changes.touched.tile = true;
        changes.room = Some(room);
    }
    changes
}
