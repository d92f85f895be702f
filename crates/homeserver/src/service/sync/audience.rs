//! Who is listening, and which rooms they are in: so that a change finds those it concerns, wakes
//! nobody else, and neither costs a query nor the number of anyone's rooms.
//!
//! A user is known here from their first wait until some time after their last. What is remembered is
//! learned from the database once and from the news since; if news were missed, it is learned anew.
//! Nothing here is authoritative: whoever is woken looks for themselves.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use tokio::{sync::Notify, time::Instant};

use super::SyncToken;
use crate::storage::{Kind, Listener, News, Storage, StorageError, Stream, StreamPosition, Topic, args};

/// How long a user is remembered who does not come back.
const REMEMBERED: Duration = Duration::from_secs(600);

/// How often those who did not are looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// Those who listen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Audience(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    users: HashMap<OwnedUserId, User>,
    /// Those of `users` who are in a room.
    rooms: HashMap<OwnedRoomId, HashSet<OwnedUserId>>,
    /// The newest serials heard of.
    typing: u64,
    presence: u64,
    last_waiter: u64,
    swept: Instant,
}

#[derive(Debug)]
struct User {
    /// What happened before this is not known here.
    base: Heard,
    /// The newest change of each kind that concerned the user.
    changed: Heard,
    rooms: HashSet<OwnedRoomId>,
    loaded: bool,
    /// What was heard of the user's rooms before they were read from the database.
    pending: Vec<(OwnedRoomId, bool)>,
    waiters: Vec<Waiter>,
    used: Instant,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    interest: Interest,
    woken: Arc<Notify>,
}

/// A position of each kind of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Heard {
    streams: [StreamPosition; Stream::ALL.len()],
    typing: u64,
    presence: u64,
}

/// What a waiter wants to be woken for.
#[derive(Clone, Debug, Default)]
pub(super) struct Interest {
    /// Of rooms only these, if there are any.
    pub(super) rooms: Option<BTreeSet<OwnedRoomId>>,
    /// Of rooms not these.
    pub(super) not_rooms: BTreeSet<OwnedRoomId>,
    /// Not for others' receipts.
    pub(super) no_receipts: bool,
    /// Not for typing.
    pub(super) no_typing: bool,
    /// Not for presence.
    pub(super) no_presence: bool,
}

impl Interest {
    fn admits(&self, kind: Kind, room_id: Option<&RoomId>) -> bool {
        let kind = match kind {
            Kind::Stream(Stream::Receipts) => room_id.is_none() || !self.no_receipts,
            Kind::Typing(_) => !self.no_typing,
            Kind::Presence(_) => !self.no_presence,
            _ => true,
        };
        let room = room_id.is_none_or(|room_id| {
            !self.not_rooms.contains(room_id) && self.rooms.as_ref().is_none_or(|rooms| rooms.contains(room_id))
        });
        kind && room
    }
}

impl Heard {
    fn now(storage: &Storage, state: &State) -> Self {
        let streams = Stream::ALL.map(|stream| storage.streams().current(stream));
        Self { streams, typing: state.typing, presence: state.presence }
    }

    /// Whether a token is at least as far.
    fn is_covered_by(&self, token: &SyncToken) -> bool {
        let there = |stream| self.streams[stream as usize];
        token.events >= there(Stream::Events)
            && token.receipts >= there(Stream::Receipts)
            && token.account_data >= there(Stream::AccountData)
            && token.to_device >= there(Stream::ToDevice)
            && token.device_lists >= there(Stream::DeviceLists)
            && token.typing.serial >= self.typing
            && token.presence.serial >= self.presence
    }
}

impl Audience {
    /// Listens from now on.
    pub fn start(storage: Storage) -> Self {
        let state = State {
            users: HashMap::new(),
            rooms: HashMap::new(),
            typing: 0,
            presence: 0,
            last_waiter: 0,
            swept: Instant::now(),
        };
        let audience = Self(Arc::new(Inner { storage: storage.clone(), state: Mutex::new(state) }));
        storage.listen(Arc::new(audience.clone()));
        audience
    }

    /// Registers a waiter.
    pub(super) async fn listen(&self, user_id: &UserId, interest: Interest) -> Result<Listening, StorageError> {
        let woken = Arc::new(Notify::new());
        let id = {
            let mut state = self.lock();
            state.sweep();
            state.last_waiter += 1;
            let id = state.last_waiter;
            let heard = Heard::now(&self.0.storage, &state);
            let user = state.users.entry(user_id.to_owned()).or_insert_with(|| User::new(heard));
            user.used = Instant::now();
            user.waiters.push(Waiter { id, interest, woken: woken.clone() });
            id
        };
        let listening = Listening { audience: self.clone(), user_id: user_id.to_owned(), id, woken };
        self.load(user_id).await?;
        Ok(listening)
    }

    /// Reads the rooms of a user who is known and whose rooms are not.
    async fn load(&self, user_id: &UserId) -> Result<(), StorageError> {
        if self.lock().users.get(user_id).is_none_or(|user| user.loaded) {
            return Ok(());
        }
        let sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership = 'join'";
        let rows = self.0.storage.read().await?.fetch_all(sql, args![user_id]).await?;
        let rooms: HashSet<OwnedRoomId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        let mut state = self.lock();
        let heard = Heard::now(&self.0.storage, &state);
        let State { users, rooms: by_room, .. } = &mut *state;
        let Some(user) = users.get_mut(user_id).filter(|user| !user.loaded) else { return Ok(()) };
        // What happened in these rooms meanwhile found nobody here.
        user.changed = heard;
        user.rooms = rooms;
        for (room_id, joined) in user.pending.drain(..) {
            if joined {
                user.rooms.insert(room_id);
            } else {
                user.rooms.remove(&room_id);
            }
        }
        user.loaded = true;
        for room_id in &user.rooms {
            by_room.entry(room_id.clone()).or_default().insert(user_id.to_owned());
        }
        Ok(())
    }

    /// Tells everyone who shares a room with a user that their presence has changed.
    pub(crate) async fn tell_presence(&self, user_id: &UserId, serial: u64) -> Result<(), StorageError> {
        {
            let mut state = self.lock();
            let heard = Heard::now(&self.0.storage, &state);
            state.users.entry(user_id.to_owned()).or_insert_with(|| User::new(heard));
        }
        self.load(user_id).await?;
        let mut state = self.lock();
        state.presence = state.presence.max(serial);
        let State { users, rooms, .. } = &mut *state;
        let Some(user) = users.get(user_id) else { return Ok(()) };
        let own = user_id.to_owned();
        let mut others: HashSet<&OwnedUserId> = user.rooms.iter().filter_map(|id| rooms.get(id)).flatten().collect();
        others.insert(&own);
        for other in others {
            if let Some(user) = users.get_mut(other) {
                user.touch(&self.0.storage, Kind::Presence(serial), None);
            }
        }
        Ok(())
    }

    /// Which of `others` are in a room with the user, if that is known of all of them.
    pub(super) fn sharing(&self, user_id: &UserId, others: &[OwnedUserId]) -> Option<Vec<OwnedUserId>> {
        let state = self.lock();
        let own = state.users.get(user_id).filter(|user| user.loaded)?;
        let mut sharing = Vec::new();
        for other in others {
            let user = state.users.get(other).filter(|user| user.loaded)?;
            if other == user_id || !own.rooms.is_disjoint(&user.rooms) {
                sharing.push(other.clone());
            }
        }
        Some(sharing)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl User {
    fn new(base: Heard) -> Self {
        Self {
            base,
            changed: Heard::default(),
            rooms: HashSet::new(),
            loaded: false,
            pending: Vec::new(),
            waiters: Vec::new(),
            used: Instant::now(),
        }
    }

    fn touch(&mut self, storage: &Storage, kind: Kind, room_id: Option<&RoomId>) {
        match kind {
            Kind::Any => {
                for stream in Stream::ALL {
                    self.changed.streams[stream as usize] = storage.streams().current(stream);
                }
            }
            Kind::Stream(stream) => self.changed.streams[stream as usize] = storage.streams().current(stream),
            Kind::Typing(serial) => self.changed.typing = self.changed.typing.max(serial),
            Kind::Presence(serial) => self.changed.presence = self.changed.presence.max(serial),
        }
        for waiter in &self.waiters {
            if waiter.interest.admits(kind, room_id) {
                // Keeps one permit, so a waiter that is just reading is woken when it waits next.
                waiter.woken.notify_one();
            }
        }
    }
}

impl State {
    fn moved(&mut self, user_id: &OwnedUserId, room_id: &OwnedRoomId, joined: bool) {
        let Some(user) = self.users.get_mut(user_id) else { return };
        if !user.loaded {
            user.pending.push((room_id.clone(), joined));
        } else if joined {
            user.rooms.insert(room_id.clone());
            self.rooms.entry(room_id.clone()).or_default().insert(user_id.clone());
        } else if user.rooms.remove(room_id)
            && let Some(users) = self.rooms.get_mut(room_id)
        {
            users.remove(user_id);
            if users.is_empty() {
                self.rooms.remove(room_id);
            }
        }
    }

    /// Forgets those who did not come back.
    fn sweep(&mut self) {
        let now = Instant::now();
        if now - self.swept < SWEEP {
            return;
        }
        self.swept = now;
        let is_gone = |user: &User| user.waiters.is_empty() && now - user.used > REMEMBERED;
        let gone: Vec<OwnedUserId> =
            self.users.iter().filter(|(_, user)| is_gone(user)).map(|(user_id, _)| user_id.clone()).collect();
        for user_id in gone {
            for room_id in self.users.remove(&user_id).map(|user| user.rooms).into_iter().flatten() {
                if let Some(users) = self.rooms.get_mut(&room_id) {
                    users.remove(&user_id);
                    if users.is_empty() {
                        self.rooms.remove(&room_id);
                    }
                }
            }
        }
    }
}

impl Listener for Audience {
    fn heard(&self, news: &[News]) {
        let mut state = self.lock();
        for News { topic, kind } in news {
            match kind {
                Kind::Typing(serial) => state.typing = state.typing.max(*serial),
                Kind::Presence(serial) => state.presence = state.presence.max(*serial),
                Kind::Any | Kind::Stream(_) => {}
            }
            match topic {
                Topic::User(user_id) => {
                    if let Some(user) = state.users.get_mut(user_id) {
                        user.touch(&self.0.storage, *kind, None);
                    }
                }
                Topic::Room(room_id) => {
                    let State { users, rooms, .. } = &mut *state;
                    for user_id in rooms.get(room_id).into_iter().flatten() {
                        if let Some(user) = users.get_mut(user_id) {
                            user.touch(&self.0.storage, *kind, Some(room_id));
                        }
                    }
                }
                Topic::Membership { user_id, room_id, joined } => state.moved(user_id, room_id, *joined),
            }
        }
    }

    fn lost(&self) {
        let mut state = self.lock();
        state.rooms.clear();
        let heard = Heard::now(&self.0.storage, &state);
        for user in state.users.values_mut() {
            user.base = heard;
            user.rooms.clear();
            user.loaded = false;
            for waiter in &user.waiters {
                waiter.woken.notify_one();
            }
        }
    }
}

/// A waiter's registration. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Listening {
    audience: Audience,
    user_id: OwnedUserId,
    id: u64,
    woken: Arc<Notify>,
}

impl Listening {
    /// Waits until something that is of interest was heard since the registration, or since the last
    /// call returned.
    pub(super) async fn changed(&self) -> Result<(), StorageError> {
        self.woken.notified().await;
        self.audience.load(&self.user_id).await
    }

    /// Whether nothing is known to have happened for the user since a token. What is committed and was
    /// not heard of yet wakes later.
    pub(super) fn is_quiet_since(&self, token: &SyncToken) -> bool {
        let epoch = self.audience.0.storage.words().epoch();
        let state = self.audience.lock();
        state.users.get(&self.user_id).is_some_and(|user| {
            user.loaded
                && (token.typing.epoch, token.presence.epoch) == (epoch, epoch)
                && user.base.is_covered_by(token)
                && user.changed.is_covered_by(token)
        })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut state = self.audience.lock();
        if let Some(user) = state.users.get_mut(&self.user_id) {
            user.waiters.retain(|waiter| waiter.id != self.id);
            user.used = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests;
