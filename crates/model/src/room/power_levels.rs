//! [`m.room.power_levels`](https://spec.matrix.org/v1.18/client-server-api/#mroompower_levels), with the creators that
//! room versions from 12 on place above every level.

use std::collections::{BTreeMap, BTreeSet};

use ruma::{OwnedUserId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The level of a creator of a room of version 12 or later: above every number.
pub const CREATOR: i64 = i64::MAX;

/// Who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerLevels {
    pub users: BTreeMap<OwnedUserId, i64>,
    pub users_default: i64,
    pub events: BTreeMap<String, i64>,
    pub events_default: i64,
    pub state_default: i64,
    pub invite: i64,
    pub kick: i64,
    pub ban: i64,
    pub redact: i64,
    /// `notifications.room`: who may mention everyone.
    pub notify_room: i64,
    /// The creators, where they stand above the levels.
    pub creators: BTreeSet<OwnedUserId>,
}

impl Default for PowerLevels {
    /// The levels of a room without the event, but for its creator's 100.
    fn default() -> Self {
        Self {
            users: BTreeMap::new(),
            users_default: 0,
            events: BTreeMap::new(),
            events_default: 0,
            state_default: 0,
            invite: 0,
            kick: 50,
            ban: 50,
            redact: 50,
            notify_room: 50,
            creators: BTreeSet::new(),
        }
    }
}

impl PowerLevels {
    /// Reads the content of the event. Levels that are text, which old room versions let through, count as numbers.
    #[must_use]
    pub fn parse(content: &Map<String, Value>, creators: BTreeSet<OwnedUserId>) -> Self {
        let level = |key: &str, default| content.get(key).and_then(integer).unwrap_or(default);
        let entries = |key: &str| content.get(key).and_then(Value::as_object).into_iter().flatten();
        Self {
            users: entries("users")
                .filter_map(|(user, level)| Some((UserId::parse(user).ok()?, integer(level)?)))
                .collect(),
            users_default: level("users_default", 0),
            events: entries("events").filter_map(|(kind, level)| Some((kind.clone(), integer(level)?))).collect(),
            events_default: level("events_default", 0),
            state_default: level("state_default", 50),
            invite: level("invite", 0),
            kick: level("kick", 50),
            ban: level("ban", 50),
            redact: level("redact", 50),
            notify_room: content.get("notifications").and_then(|levels| integer(levels.get("room")?)).unwrap_or(50),
            creators,
        }
    }

    /// A person's level.
    pub fn of(&self, user_id: &UserId) -> i64 {
        if self.creators.contains(user_id) {
            return CREATOR;
        }
        self.users.get(user_id).copied().unwrap_or(self.users_default)
    }

    /// Whether a person may send message events of a type.
    pub fn may_send(&self, user_id: &UserId, event_type: &str) -> bool {
        self.of(user_id) >= self.events.get(event_type).copied().unwrap_or(self.events_default)
    }

    /// Whether a person may set state of a type.
    pub fn may_set(&self, user_id: &UserId, event_type: &str) -> bool {
        self.of(user_id) >= self.events.get(event_type).copied().unwrap_or(self.state_default)
    }

    /// Whether a person may remove another from the room.
    pub fn may_kick(&self, user_id: &UserId, target: &UserId) -> bool {
        self.of(user_id) >= self.kick && self.of(user_id) > self.of(target)
    }

    /// Whether a person may ban another.
    pub fn may_ban(&self, user_id: &UserId, target: &UserId) -> bool {
        self.of(user_id) >= self.ban && self.of(user_id) > self.of(target)
    }

    /// Whether a person's `@room` reaches everyone.
    pub fn may_notify_room(&self, user_id: &UserId) -> bool {
        self.of(user_id) >= self.notify_room
    }

    /// Whether a person may redact the events of others.
    pub fn may_redact_others(&self, user_id: &UserId) -> bool {
        self.of(user_id) >= self.redact && self.may_send(user_id, "m.room.redaction")
    }
}

fn integer(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
        .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}
