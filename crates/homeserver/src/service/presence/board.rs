//! The bare facts of who is there: no waiting.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
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

/// Who is there.
#[derive(Debug, Default)]
pub(super) struct Board {
    serial: u64,
    people: HashMap<OwnedUserId, Person>,
    /// The newest change of each person, oldest first.
    changes: BTreeMap<u64, OwnedUserId>,
    /// When each person has to be looked at again.
    ends: BTreeSet<(Instant, OwnedUserId)>,
}

#[derive(Debug, Default)]
struct Person {
    devices: HashMap<OwnedDeviceId, Device>,
    status_msg: Option<String>,
    last_active: Option<Instant>,
    changed: u64,
    /// As others know them.
    state: PresenceStateOrNone,
    currently_active: bool,
    end: Option<Instant>,
}

type PresenceStateOrNone = Option<PresenceState>;

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
        if state == PresenceState::Online {
            person.last_active = Some(now);
        }
        let device = person.device(device_id, now);
        device.state = state;
        device.until = now + LINGERS;
        self.look(user_id, now, says_more);
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
        Shown {
            state: person.state.clone().unwrap_or(PresenceState::Offline),
            status_msg: person.status_msg.clone(),
            last_active_ago: person.last_active.map(|at| now - at),
            currently_active: person.currently_active,
        }
    }

    pub(super) fn knows(&self, user_id: &UserId) -> bool {
        self.people.contains_key(user_id)
    }

    pub(super) fn known(&self) -> Vec<OwnedUserId> {
        self.people.keys().cloned().collect()
    }

    pub(super) fn since(&self, serial: u64) -> Vec<OwnedUserId> {
        self.changes.range(serial.saturating_add(1)..).map(|(_, user_id)| user_id.clone()).collect()
    }

    pub(super) fn changes_since(&self, serial: u64) -> Vec<(u64, OwnedUserId)> {
        let changes = self.changes.range(serial.saturating_add(1)..);
        changes.map(|(serial, user_id)| (*serial, user_id.clone())).collect()
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

    /// Finds out how a person is, and when to look again; says whether others see a change.
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
        let shown = |state: &PresenceStateOrNone| state.clone().unwrap_or(PresenceState::Offline);
        let changed =
            says_more || shown(&state) != shown(&person.state) || person.currently_active != active_until.is_some();
        person.state = state;
        person.currently_active = active_until.is_some();
        if changed {
            self.serial += 1;
            self.changes.remove(&person.changed);
            person.changed = self.serial;
            self.changes.insert(self.serial, user_id.to_owned());
        }
        changed
    }
}

impl Person {
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
mod tests {
    use std::time::Duration;

    use ruma::{DeviceId, UserId, presence::PresenceState, user_id};
    use tokio::time::Instant;

    use super::{ACTIVE, Board, IDLE, LINGERS};

    fn alice() -> &'static UserId {
        user_id!("@alice:test")
    }

    fn phone() -> &'static DeviceId {
        "PHONE".into()
    }

    fn laptop() -> &'static DeviceId {
        "LAPTOP".into()
    }

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn who_waits_is_online_and_lingers() {
        let (mut board, now) = (Board::default(), Instant::now());
        assert!(board.hold(alice(), phone(), PresenceState::Online, now));
        assert_eq!(board.of(alice(), now).state, PresenceState::Online);

        board.release(alice(), phone(), now);
        board.pass(now + LINGERS - MOMENT);
        assert_eq!(board.of(alice(), now).state, PresenceState::Online);
        board.pass(now + LINGERS);
        assert_eq!(board.of(alice(), now).state, PresenceState::Offline);
        assert_eq!(board.since(0), [alice().to_owned()]);
    }

    #[test]
    fn waiting_again_is_no_change() {
        let (mut board, now) = (Board::default(), Instant::now());
        board.hold(alice(), phone(), PresenceState::Online, now);
        let serial = board.serial();

        board.release(alice(), phone(), now + MOMENT);
        assert!(!board.hold(alice(), phone(), PresenceState::Online, now + MOMENT));

        assert_eq!(board.serial(), serial);
    }

    #[test]
    fn the_most_present_device_counts() {
        let (mut board, now) = (Board::default(), Instant::now());
        board.hold(alice(), phone(), PresenceState::Unavailable, now);
        assert_eq!(board.of(alice(), now).state, PresenceState::Unavailable);

        board.hold(alice(), laptop(), PresenceState::Online, now);
        assert_eq!(board.of(alice(), now).state, PresenceState::Online);
    }

    #[test]
    fn who_does_nothing_is_idle_and_back_with_the_first_act() {
        let (mut board, now) = (Board::default(), Instant::now());
        board.hold(alice(), phone(), PresenceState::Online, now);
        assert!(board.of(alice(), now).currently_active);

        board.pass(now + ACTIVE);
        assert!(!board.of(alice(), now).currently_active);
        board.pass(now + IDLE);
        assert_eq!(board.of(alice(), now).state, PresenceState::Unavailable);
        assert!(board.act(alice(), phone(), now + IDLE));
        assert_eq!(board.of(alice(), now + IDLE).state, PresenceState::Online);
    }

    #[test]
    fn nothing_is_left_to_wait_for_when_all_are_gone() {
        let (mut board, now) = (Board::default(), Instant::now());
        board.set(alice(), phone(), PresenceState::Online, Some("here".to_owned()), now);

        board.pass(now + IDLE);

        assert_eq!(board.next_end(), None);
        assert_eq!(board.of(alice(), now + IDLE).status_msg.as_deref(), Some("here"));
    }
}
