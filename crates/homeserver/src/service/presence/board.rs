//! The bare facts of who is there: no waiting.
//!
//! A change at this process is first to be said ([`Board::unsaid`]), and is one for clients once it is heard
//! ([`Board::hear`]), in the order in which all processes hear.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use ruma::{DeviceId, OwnedDeviceId, OwnedUserId, UserId, presence::PresenceState};
use tokio::time::Instant;

/// How long a device is there after it was last heard of.
const LINGERS: Duration = Duration::from_secs(30);

/// After this long without doing anything, who is online is idle.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// Who did something in this time is active now.
const ACTIVE: Duration = Duration::from_secs(60);

/// A process of which nothing was heard for so long is no more.
const SILENT: Duration = Duration::from_secs(100);

/// Who is there.
#[derive(Debug, Default)]
pub(super) struct Board {
    people: HashMap<OwnedUserId, Person>,
    /// Of whom something is to be said.
    unsaid: BTreeSet<OwnedUserId>,
    /// The serial of what was heard last.
    serial: u64,
    /// The newest change of each person that was heard, oldest first.
    changes: BTreeSet<(u64, OwnedUserId)>,
    /// When something was heard of each other process.
    speakers: HashMap<i64, Instant>,
    /// Words were missed, or not heard yet.
    missed: bool,
    /// When each person has to be looked at again.
    ends: BTreeSet<(Instant, OwnedUserId)>,
}

#[derive(Debug, Default)]
struct Person {
    devices: HashMap<OwnedDeviceId, Device>,
    status_msg: Option<String>,
    /// It is to be said what they say of themselves,
    says_more: bool,
    /// and that they have just said how they are.
    says_so: bool,
    /// At this process.
    last_active: Option<Instant>,
    here: Presence,
    /// As other processes said it.
    elsewhere: HashMap<i64, Presence>,
    active_elsewhere: Option<Instant>,
    /// As clients were told of them, and by which word.
    told: (Presence, Option<String>),
    changed: u64,
    end: Option<Instant>,
}

/// How present someone is at a process, or at all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Presence {
    pub(super) state: PresenceState,
    pub(super) currently_active: bool,
}

impl Default for Presence {
    fn default() -> Self {
        Self { state: PresenceState::Offline, currently_active: false }
    }
}

/// What is said of someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) user_id: OwnedUserId,
    pub(super) presence: Presence,
    pub(super) last_active_ago: Option<Duration>,
    /// What they say of themselves, if that is to be said.
    pub(super) status_msg: Option<Option<String>>,
    /// They have just said how they are: where they only were lately they are so no longer.
    pub(super) says_so: bool,
}

#[derive(Debug)]
struct Device {
    state: PresenceState,
    /// How many requests of it wait.
    held: usize,
    until: Instant,
}

/// How a user is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Online, unavailable or offline.
    pub state: PresenceState,
    /// In their own words.
    pub status_msg: Option<String>,
    /// How long ago they did something.
    pub last_active_ago: Option<Duration>,
    /// Whether that was just now.
    pub currently_active: bool,
}

impl Board {
    /// Of a process that hears what comes after a serial.
    pub(super) fn new(serial: u64) -> Self {
        Self { serial, ..Self::default() }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn set(
        &mut self,
        user_id: &UserId,
        device_id: &DeviceId,
        state: PresenceState,
        status_msg: Option<String>,
        now: Instant,
    ) {
        let person = self.people.entry(user_id.to_owned()).or_default();
        let says_more = person.status_msg != status_msg;
        person.status_msg = status_msg;
        person.says_so = true;
        if state == PresenceState::Online {
            person.last_active = Some(now);
        }
        let device = person.device(device_id, now);
        device.state = state;
        device.until = now + LINGERS;
        self.look(user_id, now, says_more);
        // Others have to know even if nothing is new here.
        self.unsaid.insert(user_id.to_owned());
    }

    /// Says whether something has changed.
    pub(super) fn hold(&mut self, user_id: &UserId, device_id: &DeviceId, state: PresenceState, now: Instant) -> bool {
        let person = self.people.entry(user_id.to_owned()).or_default();
        let device = person.device(device_id, now);
        let comes_online = state == PresenceState::Online && device.state != PresenceState::Online;
        device.state = state;
        device.held += 1;
        if comes_online {
            person.last_active = Some(now);
        }
        self.look(user_id, now, false)
    }

    pub(super) fn release(&mut self, user_id: &UserId, device_id: &DeviceId, now: Instant) {
        if let Some(device) = self.people.get_mut(user_id).and_then(|person| person.devices.get_mut(device_id)) {
            device.held = device.held.saturating_sub(1);
            device.until = now + LINGERS;
        }
        self.look(user_id, now, false);
    }

    /// Says whether something has changed.
    pub(super) fn act(&mut self, user_id: &UserId, device_id: &DeviceId, now: Instant) -> bool {
        let person = self.people.entry(user_id.to_owned()).or_default();
        person.last_active = Some(now);
        if let Some(device) = person.devices.get_mut(device_id) {
            device.until = device.until.max(now + LINGERS);
        }
        self.look(user_id, now, false)
    }

    pub(super) fn of(&self, user_id: &UserId, now: Instant) -> Shown {
        let Some(person) = self.people.get(user_id) else {
            let state = PresenceState::Offline;
            return Shown { state, status_msg: None, last_active_ago: None, currently_active: false };
        };
        let Presence { state, currently_active } = person.everywhere();
        let last_active = person.last_active.max(person.active_elsewhere);
        Shown {
            state,
            status_msg: person.status_msg.clone(),
            last_active_ago: last_active.map(|at| now.saturating_duration_since(at)),
            currently_active,
        }
    }

    pub(super) fn knows(&self, user_id: &UserId) -> bool {
        self.people.contains_key(user_id)
    }

    pub(super) fn known(&self) -> Vec<OwnedUserId> {
        self.people.keys().cloned().collect()
    }

    /// Whose presence was heard to have changed after a serial.
    pub(super) fn since(&self, serial: u64) -> Vec<(u64, OwnedUserId)> {
        self.changes.iter().rev().take_while(|(changed, _)| *changed > serial).cloned().collect()
    }

    /// What is to be said by now.
    pub(super) fn unsaid(&mut self, now: Instant) -> Vec<News> {
        let unsaid = std::mem::take(&mut self.unsaid);
        let news = unsaid.into_iter().filter_map(|user_id| {
            let person = self.people.get_mut(&user_id)?;
            let says_more = std::mem::take(&mut person.says_more);
            Some(News {
                says_so: std::mem::take(&mut person.says_so),
                presence: person.here.clone(),
                last_active_ago: person.last_active.map(|at| now.saturating_duration_since(at)),
                status_msg: says_more.then(|| person.status_msg.clone()),
                user_id,
            })
        });
        news.collect()
    }

    /// Everything that is not as it is with people one has heard nothing of is to be said again.
    pub(super) fn say_all(&mut self) {
        for (user_id, person) in &mut self.people {
            person.says_more = person.status_msg.is_some();
            if person.says_more || person.here != Presence::default() {
                self.unsaid.insert(user_id.clone());
            }
        }
    }

    /// Takes up what a process said: another one, or this one itself.
    pub(super) fn hear(&mut self, serial: u64, other: Option<i64>, news: News, now: Instant) {
        let person = self.people.entry(news.user_id.clone()).or_default();
        if let Some(speaker) = other {
            if news.presence == Presence::default() {
                person.elsewhere.remove(&speaker);
            } else {
                person.elsewhere.insert(speaker, news.presence);
            }
            let active = news.last_active_ago.and_then(|ago| now.checked_sub(ago));
            person.active_elsewhere = person.active_elsewhere.max(active);
            if let Some(status_msg) = news.status_msg {
                person.status_msg = status_msg;
            }
            if news.says_so {
                person.devices.retain(|_, device| device.held > 0);
                self.look(&news.user_id, now, false);
            }
        }
        self.tell(serial, &news.user_id);
    }

    /// Another process is no more, and nobody is there.
    pub(super) fn forget(&mut self, serial: u64, speaker: i64) {
        self.speakers.remove(&speaker);
        let there = self.people.iter_mut().filter_map(|(user_id, person)| {
            person.elsewhere.remove(&speaker)?;
            Some(user_id.clone())
        });
        for user_id in there.collect::<Vec<_>>() {
            self.tell(serial, &user_id);
        }
    }

    /// All that was said with a serial was taken up; another process said it, or this one itself.
    pub(super) fn heard(&mut self, serial: u64, other: Option<i64>, now: Instant) {
        self.serial = self.serial.max(serial);
        if let Some(speaker) = other {
            self.speakers.insert(speaker, now);
        }
    }

    /// The processes of which nothing was heard for too long. They are answered once.
    pub(super) fn silent(&mut self, now: Instant) -> Vec<i64> {
        let silent = self.speakers.iter().filter(|(_, heard)| now.saturating_duration_since(**heard) > SILENT);
        let silent: Vec<i64> = silent.map(|(speaker, _)| *speaker).collect();
        self.speakers.retain(|speaker, _| !silent.contains(speaker));
        silent
    }

    /// Words up to this serial may have been missed.
    pub(super) fn miss(&mut self, serial: u64) {
        self.serial = self.serial.max(serial);
        self.missed = true;
    }

    /// Whether words were missed since this was asked last.
    pub(super) fn take_missed(&mut self) -> bool {
        std::mem::take(&mut self.missed)
    }

    /// Notes that clients are to be told of someone, unless they have been.
    fn tell(&mut self, serial: u64, user_id: &UserId) {
        let Some(person) = self.people.get_mut(user_id) else { return };
        let now = (person.everywhere(), person.status_msg.clone());
        if person.told != now {
            person.told = now;
            let before = std::mem::replace(&mut person.changed, serial);
            self.changes.remove(&(before, user_id.to_owned()));
            self.changes.insert((serial, user_id.to_owned()));
        }
    }

    /// When time will change something next.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.ends.first().map(|(end, _)| *end)
    }

    /// Looks at those whose time has come.
    pub(super) fn pass(&mut self, now: Instant) {
        while let Some((end, user_id)) = self.ends.first().filter(|(end, _)| *end <= now).cloned() {
            self.ends.remove(&(end, user_id.clone()));
            self.look(&user_id, now, false);
        }
    }

    /// Finds out how a person is here, and when to look again; says whether there is something to say.
    fn look(&mut self, user_id: &UserId, now: Instant, says_more: bool) -> bool {
        let Some(person) = self.people.get_mut(user_id) else { return false };
        if let Some(end) = person.end.take() {
            self.ends.remove(&(end, user_id.to_owned()));
        }
        person.devices.retain(|_, device| device.held > 0 || device.until > now);
        let idle_at = person.last_active.map(|at| at + IDLE).filter(|at| *at > now);
        let mut state = person.devices.values().map(|device| device.state.clone()).max_by_key(rank);
        if state == Some(PresenceState::Online) && idle_at.is_none() {
            state = Some(PresenceState::Unavailable);
        }
        let is_online = state == Some(PresenceState::Online);
        let active_until = person.last_active.map(|at| at + ACTIVE).filter(|at| is_online && *at > now);

        let ends = person.devices.values().filter(|device| device.held == 0).map(|device| device.until);
        person.end = ends.chain(idle_at.filter(|_| is_online)).chain(active_until).min();
        if let Some(end) = person.end {
            self.ends.insert((end, user_id.to_owned()));
        }
        let here =
            Presence { state: state.unwrap_or(PresenceState::Offline), currently_active: active_until.is_some() };
        person.says_more |= says_more;
        let changed = says_more || here != person.here;
        person.here = here;
        if changed {
            self.unsaid.insert(user_id.to_owned());
        }
        changed
    }
}

impl Person {
    /// At the process where they are the most present.
    fn everywhere(&self) -> Presence {
        let all = || self.elsewhere.values().chain([&self.here]);
        Presence {
            state: all().map(|presence| presence.state.clone()).max_by_key(rank).unwrap_or(PresenceState::Offline),
            currently_active: all().any(|presence| presence.currently_active),
        }
    }

    fn device(&mut self, device_id: &DeviceId, now: Instant) -> &mut Device {
        let device = Device { state: PresenceState::Offline, held: 0, until: now };
        self.devices.entry(device_id.to_owned()).or_insert(device)
    }
}

/// The most present device counts.
fn rank(state: &PresenceState) -> u8 {
    match state {
        PresenceState::Online => 2,
        PresenceState::Unavailable => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
