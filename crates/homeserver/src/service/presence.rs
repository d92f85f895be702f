//! Who is there, see [Presence]: kept in memory only.
//!
//! A user is as present as the most present of their devices. A device is there while it waits in
//! `/sync`, and for a little longer. That someone is still active is no change, so nobody is woken for it.
//!
//! How present someone is at this process is said to all, and taken up by each with what others say; a change has the
//! serial of the word that told it, so that `/sync` knows whom to tell about, at whichever process. A process of
//! which nothing is heard for long is no more, and nobody is there.
//!
//! [Presence]: https://spec.matrix.org/v1.18/client-server-api/#presence

mod board;

mod said;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ruma::{DeviceId, OwnedDeviceId, OwnedUserId, UserId, presence::PresenceState};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

pub use self::board::Shown;
use self::{board::Board, said::Said};
use super::sync::Audience;
use crate::{
    MatrixError, Result,
    api::Sender,
    storage::{Hearer, Speech, Storage, Subject},
};

/// How often a process says that it is there.
const ALIVE: Duration = Duration::from_secs(30);

/// Who is there. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Presence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    audience: Audience,
    board: Mutex<Board>,
    /// Tells the clock that there is an earlier end to wait for, or something to say or to tell.
    woken: Notify,
    /// Held while something is said, so that who finds nothing to say knows that it was.
    saying: Mutex<()>,
}

/// A device that is there until this is dropped, and a little longer.
#[derive(Debug)]
pub struct There {
    presence: Presence,
    user_id: OwnedUserId,
    device_id: OwnedDeviceId,
}

impl Presence {
    /// Opens the service.
    pub(super) fn new(storage: Storage, audience: Audience) -> Self {
        let board = Mutex::new(Board::new(storage.words().first()));
        let inner = Arc::new(Inner {
            storage: storage.clone(),
            audience,
            board,
            woken: Notify::new(),
            saying: Mutex::default(),
        });
        let hearer: Arc<dyn Hearer> = inner.clone();
        storage.words().hear(Subject::Presence, Arc::downgrade(&hearer));
        Self(inner)
    }

    /// Lets time pass for those who are there, until the server stops.
    pub(super) fn begin(&self, shutdown: &CancellationToken) {
        let inner = self.0.clone();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move { inner.run().await }));
    }

    /// What a user says of themselves.
    pub async fn set(&self, sender: &Sender, state: PresenceState, status_msg: Option<String>) {
        let (user_id, device_id) = sender.ids();
        self.0.board().set(user_id, device_id, state, status_msg, Instant::now());
        self.0.woken.notify_one();
        self.0.say().await;
    }

    /// A device waits in `/sync` as long as the answer lives. One that wants to be offline is not there.
    #[must_use]
    pub async fn hold(&self, sender: &Sender, state: PresenceState) -> Option<There> {
        if state == PresenceState::Offline {
            return None;
        }
        let (user_id, device_id) = sender.ids();
        let changed = self.0.board().hold(user_id, device_id, state, Instant::now());
        // It ends with the request, whatever becomes of that.
        let there = There { presence: self.clone(), user_id: user_id.to_owned(), device_id: device_id.to_owned() };
        if changed {
            self.0.woken.notify_one();
            self.0.say().await;
        }
        Some(there)
    }

    /// The user does something.
    pub async fn act(&self, sender: &Sender) {
        let (user_id, device_id) = sender.ids();
        let changed = self.0.board().act(user_id, device_id, Instant::now());
        if changed {
            self.0.woken.notify_one();
            self.0.say().await;
        }
    }

    /// Refuses what is no state of presence.
    pub fn check(state: &PresenceState) -> Result<()> {
        match state {
            PresenceState::Online | PresenceState::Unavailable | PresenceState::Offline => Ok(()),
            _ => Err(MatrixError::invalid_param("there is no such state of presence")),
        }
    }

    /// How a user is shown.
    pub fn of(&self, user_id: &UserId) -> Shown {
        self.0.board().of(user_id, Instant::now())
    }

    /// Whether anything was heard of a user.
    pub fn knows(&self, user_id: &UserId) -> bool {
        self.0.board().knows(user_id)
    }

    /// All of whom anything was heard.
    pub fn known(&self) -> Vec<OwnedUserId> {
        self.0.board().known()
    }

    /// The serial of the newest change.
    pub fn serial(&self) -> u64 {
        self.0.board().serial()
    }

    /// Whose presence changed after this serial.
    pub fn since(&self, serial: u64) -> Vec<OwnedUserId> {
        self.0.board().since(serial).into_iter().map(|(_, user_id)| user_id).collect()
    }

    fn release(&self, user_id: &UserId, device_id: &DeviceId) {
        self.0.board().release(user_id, device_id, Instant::now());
        self.0.woken.notify_one();
    }
}

impl Drop for There {
    fn drop(&mut self) {
        self.presence.release(&self.user_id, &self.device_id);
    }
}

impl Hearer for Inner {
    fn heard(&self, speech: &Speech<'_>) {
        let own = self.storage.words().speaker();
        let other = Some(speech.speaker).filter(|speaker| *speaker != own);
        let now = Instant::now();
        let mut board = self.board();
        for word in &speech.words {
            match serde_json::from_str(word.get()) {
                Ok(Said::User(said)) => board.hear(speech.serial, other, said.into(), now),
                Ok(Said::Gone { speaker }) if speaker == own => board.say_all(),
                Ok(Said::Gone { speaker }) => board.forget(speech.serial, speaker),
                Ok(Said::Who) if other.is_some() => board.say_all(),
                Ok(Said::Who | Said::Alive) => {}
                Err(error) => tracing::error!(%error, "another process says what cannot be understood"),
            }
        }
        board.heard(speech.serial, other, now);
        drop(board);
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

    /// Lets time pass, says what has changed here, and tells clients of what was heard.
    async fn run(&self) {
        let words = self.storage.words();
        if words.are_shared() {
            self.board().miss(words.first());
        }
        let (mut told, mut alive_until) = (0, Instant::now());
        loop {
            if words.are_shared() && Instant::now() >= alive_until {
                words.mention(Subject::Presence, &Said::Alive);
                alive_until = Instant::now() + ALIVE;
            }
            drop(self.say());
            let (next, changed) = {
                let board = self.board();
                (board.next_end(), board.since(told))
            };
            for (serial, user_id) in changed.into_iter().rev() {
                told = told.max(serial);
                if let Err(error) = self.audience.tell_presence(&user_id, serial).await {
                    tracing::warn!(?error, "a change of presence could not be told");
                }
            }
            let alive_until = Some(alive_until).filter(|_| words.are_shared());
            let end = async {
                match next.into_iter().chain(alive_until).min() {
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

    /// Says what is to be said by now, at once. When what this answers ends, it was heard here.
    fn say(&self) -> impl Future<Output = ()> + use<> {
        let _saying = self.saying.lock().unwrap_or_else(PoisonError::into_inner);
        let unsaid = self.unsaid(Instant::now());
        // They are heard in their order.
        let last = unsaid.iter().map(|said| self.storage.words().say(Subject::Presence, said)).last();
        async move {
            if let Some(heard) = last {
                heard.await;
            }
        }
    }

    /// What is to be said by now.
    fn unsaid(&self, now: Instant) -> Vec<Said> {
        let mut board = self.board();
        board.pass(now);
        let mut unsaid: Vec<Said> = board.unsaid(now).into_iter().map(|news| Said::User(news.into())).collect();
        unsaid.extend(board.silent(now).into_iter().map(|speaker| Said::Gone { speaker }));
        unsaid.extend(board.take_missed().then_some(Said::Who));
        unsaid
    }
}
