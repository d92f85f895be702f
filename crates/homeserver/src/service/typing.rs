//! Who is typing, see [Typing Notifications]: kept in memory only, and forgotten when its time is up.
//!
//! That someone types is said to all processes and taken up by each once it is heard, here too. What has changed has
//! the serial of the word, so that `/sync` knows which rooms to tell about, at whichever process. The process at which
//! someone types says when they have stopped; only if it does not, others do.
//!
//! [Typing Notifications]: https://spec.matrix.org/v1.18/client-server-api/#typing-notifications

mod board;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use serde::{Deserialize, Serialize};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use self::board::{Board, Typist};
use crate::storage::{Hearer, Kind, News, Speech, Storage, Subject, Topic};

/// The longest that one request may keep its sender typing.
const LONGEST: Duration = Duration::from_secs(120);

/// How long another process may take to say that one who typed there has stopped.
const GRACE: Duration = Duration::from_secs(5);

/// Who is typing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Typing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    board: Mutex<Board>,
    /// Rung when there is something to be looked at earlier than it seemed.
    woken: Notify,
}

/// What is said of typing.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    /// A user types, or has stopped.
    #[serde(rename = "u")]
    User {
        #[serde(rename = "r")]
        room_id: OwnedRoomId,
        #[serde(rename = "u")]
        user_id: OwnedUserId,
        /// For how many milliseconds at most; nothing: they have stopped.
        #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
        lasts: Option<u64>,
    },
    /// Someone knows nothing yet, and wants to be told who types.
    #[serde(rename = "w")]
    Who,
}

impl Typing {
    /// Opens the service.
    pub(super) fn new(storage: Storage) -> Self {
        let board = Mutex::new(Board::new(storage.words().first()));
        let inner = Arc::new(Inner { storage: storage.clone(), board, woken: Notify::new() });
        let hearer: Arc<dyn Hearer> = inner.clone();
        storage.words().hear(Subject::Typing, Arc::downgrade(&hearer));
        Self(inner)
    }

    /// Forgets who types once their time is up, until the server stops.
    pub(super) fn begin(&self, shutdown: &CancellationToken) {
        let inner = self.0.clone();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move { inner.run().await }));
    }

    /// A user types, for at most this long.
    pub async fn start_typing(&self, room_id: &RoomId, user_id: OwnedUserId, timeout: Duration) {
        let lasts = u64::try_from(timeout.min(LONGEST).as_millis()).ok();
        self.say(&Said::User { room_id: room_id.to_owned(), user_id, lasts }).await;
    }

    /// A user stops.
    pub async fn stop_typing(&self, room_id: &RoomId, user_id: &UserId) {
        let (room_id, user_id) = (room_id.to_owned(), user_id.to_owned());
        self.say(&Said::User { room_id, user_id, lasts: None }).await;
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

    async fn say(&self, said: &Said) {
        self.0.storage.words().say(Subject::Typing, said).await;
    }
}

impl Typist {
    /// Someone who types from now on.
    fn new(is_own: bool, lasts: Duration) -> Self {
        let until = Instant::now() + lasts.min(LONGEST);
        Self { until, is_own, end: if is_own { until } else { until + GRACE } }
    }
}

impl Hearer for Inner {
    fn heard(&self, speech: &Speech<'_>) {
        let is_own = speech.speaker == self.storage.words().speaker();
        let kind = Kind::Typing(speech.serial);
        let mut news = Vec::new();
        let mut board = self.board();
        for word in &speech.words {
            match serde_json::from_str(word.get()) {
                Ok(Said::User { room_id, user_id, lasts }) => {
                    let typist = lasts.map(|lasts| Typist::new(is_own, Duration::from_millis(lasts)));
                    if board.hear(speech.serial, &room_id, user_id, typist) {
                        news.push(News { topic: Topic::Room(room_id), kind });
                    }
                }
                Ok(Said::Who) if is_own => {}
                Ok(Said::Who) => board.ask(),
                Err(error) => tracing::error!(%error, "another process says what cannot be understood"),
            }
        }
        board.reach(speech.serial);
        drop(board);
        self.storage.notify(&news);
        self.woken.notify_one();
    }

    fn missed(&self, serial: u64) {
        self.board().miss(serial);
        self.woken.notify_one();
    }
}

impl Inner {
    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self) {
        let words = self.storage.words();
        if words.are_shared() {
            self.board().miss(words.first());
        }
        loop {
            let now = Instant::now();
            let (misses, asked, ended, next) = {
                let mut board = self.board();
                (board.take_missed(), board.take_asked(), board.end(now, now + GRACE), board.next_end())
            };
            if misses {
                words.mention(Subject::Typing, &Said::Who);
            }
            for (room_id, user_id, until) in asked.into_iter().flatten() {
                let lasts = u64::try_from(until.saturating_duration_since(now).as_millis()).ok();
                words.mention(Subject::Typing, &Said::User { room_id, user_id, lasts });
            }
            for (room_id, user_id) in ended {
                words.mention(Subject::Typing, &Said::User { room_id, user_id, lasts: None });
            }
            let end = async {
                match next {
                    Some(end) => tokio::time::sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = end => {}
                () = self.woken.notified() => {}
            }
        }
    }
}
