//! The bare facts of who is typing: no clock, no waiting.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ruma::{OwnedRoomId, OwnedUserId, RoomId};
use tokio::time::Instant;

/// Who types where and until when.
///
/// A room stays here once someone has typed in it, so that whoever saw that learns of the end, however
/// late they come back.
#[derive(Debug, Default)]
pub(super) struct Board {
    serial: u64,
    rooms: HashMap<OwnedRoomId, Room>,
    /// The newest change of each room, oldest first. Several may have been said at once, with one serial.
    changes: BTreeSet<(u64, OwnedRoomId)>,
    /// Words were missed, or not heard yet.
    missed: bool,
    /// Someone wants to be told who types.
    asked: bool,
}

#[derive(Debug, Default)]
struct Room {
    changed: u64,
    typing: BTreeMap<OwnedUserId, Typist>,
}

/// Someone who types.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typist {
    /// Until when.
    pub(super) until: Instant,
    /// At this process.
    pub(super) is_own: bool,
    /// When this process says that they have stopped.
    pub(super) end: Instant,
}

impl Board {
    /// Of a process that hears what comes after a serial.
    pub(super) fn new(serial: u64) -> Self {
        Self { serial, ..Self::default() }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// A user types, or has stopped. Says whether that is new.
    pub(super) fn hear(&mut self, serial: u64, room_id: &RoomId, user_id: OwnedUserId, typist: Option<Typist>) -> bool {
        let changed = match typist {
            Some(typist) => {
                let room = self.rooms.entry(room_id.to_owned()).or_default();
                room.typing.insert(user_id, typist).is_none()
            }
            None => self.rooms.get_mut(room_id).is_some_and(|room| room.typing.remove(&user_id).is_some()),
        };
        if changed {
            let room = self.rooms.entry(room_id.to_owned()).or_default();
            let before = std::mem::replace(&mut room.changed, serial);
            self.changes.remove(&(before, room_id.to_owned()));
            self.changes.insert((serial, room_id.to_owned()));
        }
        changed
    }

    /// All that was said up to this serial was heard, whether it changed anything or not: who starts later counts from
    /// its own first word.
    pub(super) fn reach(&mut self, serial: u64) {
        self.serial = self.serial.max(serial);
    }

    /// When the first of those who type will have stopped.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.rooms.values().flat_map(|room| room.typing.values()).map(|typist| typist.end).min()
    }

    /// Those of whom it is to be said now that they have stopped; at `again` once more, unless that is heard.
    pub(super) fn end(&mut self, now: Instant, again: Instant) -> Vec<(OwnedRoomId, OwnedUserId)> {
        let mut ended = Vec::new();
        for (room_id, room) in &mut self.rooms {
            for (user_id, typist) in room.typing.iter_mut().filter(|(_, typist)| typist.end <= now) {
                typist.end = again;
                ended.push((room_id.clone(), user_id.clone()));
            }
        }
        ended
    }

    /// Words up to this serial may have been missed.
    pub(super) fn miss(&mut self, serial: u64) {
        self.reach(serial);
        self.missed = true;
    }

    /// Whether words were missed since this was asked last.
    pub(super) fn take_missed(&mut self) -> bool {
        std::mem::take(&mut self.missed)
    }

    /// Someone wants to be told who types.
    pub(super) fn ask(&mut self) {
        self.asked = true;
    }

    /// Who types at this process and until when, if someone wants to be told.
    pub(super) fn take_asked(&mut self) -> Option<Vec<(OwnedRoomId, OwnedUserId, Instant)>> {
        if !std::mem::take(&mut self.asked) {
            return None;
        }
        let all = self.rooms.iter().flat_map(|(room_id, room)| {
            let own = room.typing.iter().filter(|(_, typist)| typist.is_own);
            own.map(|(user_id, typist)| (room_id.clone(), user_id.clone(), typist.until))
        });
        Some(all.collect())
    }

    pub(super) fn since(&self, serial: u64) -> Vec<(OwnedRoomId, Vec<OwnedUserId>)> {
        let changed = self.changes.iter().rev().take_while(|(changed, _)| *changed > serial);
        changed.map(|(_, room_id)| (room_id.clone(), self.in_room(room_id))).collect()
    }

    pub(super) fn in_room(&self, room_id: &RoomId) -> Vec<OwnedUserId> {
        self.rooms.get(room_id).map(|room| room.typing.keys().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ruma::{OwnedUserId, RoomId, room_id, user_id};
    use tokio::time::Instant;

    use super::{Board, Typist};

    fn room() -> &'static RoomId {
        room_id!("!room:test")
    }

    fn alice() -> OwnedUserId {
        user_id!("@alice:test").to_owned()
    }

    fn until(until: Instant) -> Option<Typist> {
        Some(Typist { until, is_own: true, end: until })
    }

    #[test]
    fn typing_on_is_no_change() {
        let (mut board, now) = (Board::default(), Instant::now());

        assert!(board.hear(1, room(), alice(), until(now)));
        assert!(!board.hear(2, room(), alice(), until(now + Duration::from_secs(1))));

        assert_eq!(board.since(0), [(room().to_owned(), vec![alice()])]);
        assert!(board.since(1).is_empty());
    }

    #[test]
    fn the_end_of_typing_is_said_until_it_is_heard_and_stays_known() {
        let (mut board, now) = (Board::default(), Instant::now());
        let (end, again) = (now + Duration::from_secs(4), now + Duration::from_secs(9));
        board.hear(1, room(), alice(), until(end));

        assert!(board.end(now, again).is_empty());
        assert_eq!(board.next_end(), Some(end));
        assert_eq!(board.end(end, again), [(room().to_owned(), alice())]);
        assert_eq!(board.next_end(), Some(again));
        board.hear(2, room(), alice(), None);

        assert_eq!(board.since(1), [(room().to_owned(), vec![])]);
        assert_eq!(board.next_end(), None);
    }

    #[test]
    fn stopping_twice_is_one_change() {
        let (mut board, now) = (Board::default(), Instant::now());
        board.hear(1, room(), alice(), until(now));

        assert!(board.hear(2, room(), alice(), None));
        assert!(!board.hear(3, room(), alice(), None));
        assert_eq!(board.since(1).len(), 1);
        assert!(board.since(2).is_empty());
    }

    #[test]
    fn who_types_here_is_told_to_who_asks() {
        let (mut board, now) = (Board::default(), Instant::now());
        board.hear(1, room(), alice(), until(now));
        let bob = user_id!("@bob:test").to_owned();
        board.hear(2, room(), bob, Some(Typist { until: now, is_own: false, end: now }));
        assert_eq!(board.take_asked(), None);

        board.ask();

        assert_eq!(board.take_asked(), Some(vec![(room().to_owned(), alice(), now)]));
        assert_eq!(board.take_asked(), None);
    }
}
