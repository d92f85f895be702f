//! Who is there, see [Presence]: kept in memory only, and of this run of the process.
//!
//! A user is as present as the most present of their devices. A device is there while it waits in
//! `/sync`, and for a little longer. A change has a serial, so that `/sync` knows whom to tell about;
//! that someone is still active is no change, so nobody is woken for it.
//!
//! [Presence]: https://spec.matrix.org/v1.18/client-server-api/#presence

mod board;

use std::sync::{Arc, Mutex, PoisonError};

use ruma::{DeviceId, OwnedDeviceId, OwnedUserId, UserId, presence::PresenceState};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use self::board::Board;
pub use self::board::Shown;
use super::sync::Audience;
use crate::{MatrixError, Result, api::Sender};

/// Who is there. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Presence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    audience: Audience,
    board: Mutex<Board>,
    /// Tells the clock that there is an earlier end to wait for, or something to tell.
    woken: Notify,
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
    pub(super) fn new(audience: Audience) -> Self {
        Self(Arc::new(Inner { audience, board: Mutex::default(), woken: Notify::new() }))
    }

    /// Lets time pass for those who are there, until the server stops.
    pub(super) fn begin(&self, shutdown: &CancellationToken) {
        let inner = self.0.clone();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move { inner.run().await }));
    }

    /// What a user says of themselves.
    pub fn set(&self, sender: &Sender, state: PresenceState, status_msg: Option<String>) {
        let (user_id, device_id) = sender.ids();
        self.0.board().set(user_id, device_id, state, status_msg, Instant::now());
        self.0.woken.notify_one();
    }

    /// A device waits in `/sync` as long as the answer lives. One that wants to be offline is not there.
    #[must_use]
    pub fn hold(&self, sender: &Sender, state: PresenceState) -> Option<There> {
        if state == PresenceState::Offline {
            return None;
        }
        let (user_id, device_id) = sender.ids();
        let changed = self.0.board().hold(user_id, device_id, state, Instant::now());
        if changed {
            self.0.woken.notify_one();
        }
        Some(There { presence: self.clone(), user_id: user_id.to_owned(), device_id: device_id.to_owned() })
    }

    /// The user does something.
    pub fn act(&self, sender: &Sender) {
        let (user_id, device_id) = sender.ids();
        if self.0.board().act(user_id, device_id, Instant::now()) {
            self.0.woken.notify_one();
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
        self.0.board().since(serial)
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

impl Inner {
    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass, and tells of what has changed.
    async fn run(&self) {
        let mut told = 0;
        loop {
            let (next, changed) = {
                let mut board = self.board();
                board.pass(Instant::now());
                (board.next_end(), board.changes_since(told))
            };
            for (serial, user_id) in changed {
                told = told.max(serial);
                if let Err(error) = self.audience.tell_presence(&user_id, serial).await {
                    tracing::warn!(?error, "a change of presence could not be told");
                }
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
