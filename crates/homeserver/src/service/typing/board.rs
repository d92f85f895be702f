//! The bare facts of who is typing: no clock, no waiting.

use std::collections::{BTreeMap, HashMap};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use tokio::time::Instant;

/// Who types where and until when.
///
/// A room stays here once someone has typed in it, so that whoever saw that learns of the end, however
/// late they come back.
#[derive(Debug, Default)]
pub(super) struct Board {
    serial: u64,
    rooms: HashMap<OwnedRoomId, Room>,
    /// The newest change of each room, oldest first.
    changes: BTreeMap<u64, OwnedRoomId>,
}

#[derive(Debug, Default)]
struct Room {
    changed: u64,
    typing: BTreeMap<OwnedUserId, Instant>,
}

impl Board {
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// Says whether the user did not type before.
    pub(super) fn start(&mut self, room_id: &RoomId, user_id: OwnedUserId, until: Instant) -> bool {
        let room = self.rooms.entry(room_id.to_owned()).or_default();
        let starts = room.typing.insert(user_id, until).is_none();
        if starts {
            self.change(room_id);
        }
        starts
    }

    /// Says whether the user did type before.
    pub(super) fn stop(&mut self, room_id: &RoomId, user_id: &UserId) -> bool {
        let stops = self.rooms.get_mut(room_id).is_some_and(|room| room.typing.remove(user_id).is_some());
        if stops {
            self.change(room_id);
        }
        stops
    }

    /// When the first of those who type will have stopped.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.rooms.values().flat_map(|room| room.typing.values()).min().copied()
    }

    /// Removes those whose time is up; answers the rooms they typed in.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<OwnedRoomId> {
        let mut ended = Vec::new();
        for (room_id, room) in &mut self.rooms {
            let before = room.typing.len();
            room.typing.retain(|_, until| *until > now);
            if room.typing.len() < before {
                ended.push(room_id.clone());
            }
        }
        for room_id in &ended {
            self.change(room_id);
        }
        ended
    }

    pub(super) fn since(&self, serial: u64) -> Vec<(OwnedRoomId, Vec<OwnedUserId>)> {
        let changed = self.changes.range(serial.saturating_add(1)..);
        changed.map(|(_, room_id)| (room_id.clone(), self.in_room(room_id))).collect()
    }

    pub(super) fn in_room(&self, room_id: &RoomId) -> Vec<OwnedUserId> {
        self.rooms.get(room_id).map(|room| room.typing.keys().cloned().collect()).unwrap_or_default()
    }

    fn change(&mut self, room_id: &RoomId) {
        self.serial += 1;
        let room = self.rooms.entry(room_id.to_owned()).or_default();
        let before = std::mem::replace(&mut room.changed, self.serial);
        self.changes.remove(&before);
        self.changes.insert(self.serial, room_id.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ruma::{OwnedUserId, RoomId, room_id, user_id};
    use tokio::time::Instant;

    use super::Board;

    fn room() -> &'static RoomId {
        room_id!("!room:test")
    }

    fn alice() -> OwnedUserId {
        user_id!("@alice:test").to_owned()
    }

    #[test]
    fn typing_on_is_no_change() {
        let (mut board, now) = (Board::default(), Instant::now());

        assert!(board.start(room(), alice(), now));
        assert!(!board.start(room(), alice(), now + Duration::from_secs(1)));

        assert_eq!(board.since(0), [(room().to_owned(), vec![alice()])]);
        assert!(board.since(1).is_empty());
    }

    #[test]
    fn the_end_of_typing_is_a_change_that_stays_known() {
        let (mut board, now) = (Board::default(), Instant::now());
        board.start(room(), alice(), now + Duration::from_secs(4));

        assert!(board.expire(now).is_empty());
        assert_eq!(board.next_end(), Some(now + Duration::from_secs(4)));
        assert_eq!(board.expire(now + Duration::from_secs(4)), [room()]);

        assert_eq!(board.since(1), [(room().to_owned(), vec![])]);
        assert_eq!(board.next_end(), None);
    }

    #[test]
    fn stopping_twice_is_one_change() {
        let mut board = Board::default();
        board.start(room(), alice(), Instant::now());

        assert!(board.stop(room(), &alice()));
        assert!(!board.stop(room(), &alice()));
        assert_eq!(board.serial(), 2);
    }
}
