//! Who is typing, see [Typing Notifications]: kept in memory only, and forgotten when its time is up.
//!
//! A change has a serial, so that `/sync` knows which rooms to tell about. Serials hold for one run
//! of the process.
//!
//! [Typing Notifications]: https://spec.matrix.org/v1.18/client-server-api/#typing-notifications

mod board;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use self::board::Board;
use crate::storage::{Kind, News, Storage, Topic};

/// The longest that one request may keep its sender typing.
const LONGEST: Duration = Duration::from_secs(120);

/// Who is typing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Typing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    board: Mutex<Board>,
    /// Tells the clean-up that there is an earlier end to wait for.
    earlier: Notify,
}

impl Typing {
    /// Opens the service.
    pub(super) fn new(storage: Storage) -> Self {
        Self(Arc::new(Inner { storage, board: Mutex::default(), earlier: Notify::new() }))
    }

    /// Forgets who types once their time is up, until the server stops.
    pub(super) fn begin(&self, shutdown: &CancellationToken) {
        let inner = self.0.clone();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move { inner.clean_up().await }));
    }

    /// A user types, for at most this long.
    pub fn start_typing(&self, room_id: &RoomId, user_id: OwnedUserId, timeout: Duration) {
        let until = Instant::now() + timeout.min(LONGEST);
        let changed = self.0.board().start(room_id, user_id, until);
        self.0.earlier.notify_one();
        if changed {
            self.0.tell([room_id.to_owned()]);
        }
    }

    /// A user stops.
    pub fn stop_typing(&self, room_id: &RoomId, user_id: &UserId) {
        if self.0.board().stop(room_id, user_id) {
            self.0.tell([room_id.to_owned()]);
        }
    }

    /// The serial of the newest change.
    pub fn serial(&self) -> u64 {
        self.0.board().serial()
    }

    /// The rooms that changed after this serial, with who types there now.
    pub fn since(&self, serial: u64) -> Vec<(OwnedRoomId, Vec<OwnedUserId>)> {
        self.0.board().since(serial)
    }

    /// Who types in this room.
    pub fn in_room(&self, room_id: &RoomId) -> Vec<OwnedUserId> {
        self.0.board().in_room(room_id)
    }
}

impl Inner {
    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, rooms: impl IntoIterator<Item = OwnedRoomId>) {
        let kind = Kind::Typing(self.board().serial());
        let news: Vec<_> = rooms.into_iter().map(|room_id| News { topic: Topic::Room(room_id), kind }).collect();
        self.storage.notify(&news);
    }

    async fn clean_up(&self) {
        loop {
            let next = self.board().next_end();
            let end = async {
                match next {
                    Some(end) => tokio::time::sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = end => {
                    let ended = self.board().expire(Instant::now());
                    self.tell(ended);
                }
                () = self.earlier.notified() => {}
            }
        }
    }
}
