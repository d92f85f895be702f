//! What a client asks of sliding sync, as it is on the wire.
//!
//! Not ruma's types: theirs lack the filters by space and tag, and the newer form of a range.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ruma::{OwnedRoomId, UserId, presence::PresenceState};
use serde::{Deserialize, Serialize};

use crate::{MatrixError, Result};

/// The most lists, and the most subscriptions.
const MOST: usize = 100;

/// The longest name of a connection.
const LONGEST_NAME: usize = 255;

/// The longest timeline of a room.
const LONGEST_TIMELINE: u64 = 100;

/// A request of sliding sync.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Request {
    pub(super) conn_id: Option<String>,
    pub(super) txn_id: Option<String>,
    /// Where to go on.
    pub(crate) pos: Option<String>,
    /// How long to wait, in milliseconds.
    #[serde(default, with = "milliseconds")]
    pub(crate) timeout: Duration,
    /// How present the user is meanwhile.
    #[serde(default)]
    pub(crate) set_presence: PresenceState,
    #[serde(default)]
    pub(super) lists: BTreeMap<String, List>,
    #[serde(default)]
    pub(super) room_subscriptions: BTreeMap<OwnedRoomId, RoomConfig>,
    #[serde(default)]
    pub(super) extensions: Extensions,
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Ok(Duration::from_millis(Option::<u64>::deserialize(deserializer)?.unwrap_or_default()))
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct List {
    #[serde(default)]
    ranges: Vec<(usize, usize)>,
    range: Option<(usize, usize)>,
    #[serde(flatten)]
    pub(super) config: RoomConfig,
    #[serde(default)]
    pub(super) filters: Filters,
}

impl List {
    /// The ranges, both ends included; all of the list where none is given.
    pub(super) fn ranges(&self) -> Vec<(usize, usize)> {
        let ranges: Vec<_> = self.ranges.iter().copied().chain(self.range).collect();
        if ranges.is_empty() { vec![(0, usize::MAX)] } else { ranges }
    }
}

/// What to tell of a room.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RoomConfig {
    #[serde(default)]
    required_state: BTreeSet<(String, String)>,
    timeline_limit: u64,
}

/// Which rooms are in a list. A field that is not there excludes nothing.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Filters {
    pub(super) is_dm: Option<bool>,
    pub(super) is_encrypted: Option<bool>,
    #[serde(alias = "is_invited")]
    pub(super) is_invite: Option<bool>,
    pub(super) spaces: Option<Vec<String>>,
    pub(super) room_types: Option<Vec<Option<String>>>,
    #[serde(default)]
    pub(super) not_room_types: Vec<Option<String>>,
    pub(super) tags: Option<Vec<String>>,
    #[serde(default)]
    pub(super) not_tags: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Extensions {
    #[serde(default)]
    pub(super) to_device: ToDevice,
    #[serde(default)]
    pub(super) e2ee: Extension,
    #[serde(default)]
    pub(super) account_data: Extension,
    #[serde(default)]
    pub(super) receipts: Extension,
    #[serde(default)]
    pub(super) typing: Extension,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct ToDevice {
    #[serde(default)]
    pub(super) enabled: bool,
    pub(super) limit: Option<u32>,
    pub(super) since: Option<String>,
}

/// An extension, and for which of the lists and rooms it is wanted: all of them, or `*`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Extension {
    #[serde(default)]
    pub(super) enabled: bool,
    pub(super) lists: Option<Vec<String>>,
    pub(super) rooms: Option<Vec<String>>,
}

impl Extensions {
    /// What of it changes the answer while nothing happens.
    pub(super) fn kinds(&self) -> [bool; 4] {
        [self.e2ee.enabled, self.account_data.enabled, self.receipts.enabled, self.typing.enabled]
    }
}

impl Extension {
    /// Whether it is wanted for a room of these lists, that is subscribed to or not.
    pub(super) fn admits(&self, room_id: &str, lists: &BTreeSet<String>, subscribed: bool) -> bool {
        let named = |names: &Option<Vec<String>>, name: &str| {
            names.as_ref().is_none_or(|names| names.iter().any(|other| other == "*" || other == name))
        };
        let everywhere = self.lists.is_none() && self.rooms.is_none();
        everywhere || lists.iter().any(|list| named(&self.lists, list)) || (subscribed && named(&self.rooms, room_id))
    }
}

impl Request {
    /// The connection's name.
    pub(super) fn name(&self) -> &str {
        self.conn_id.as_deref().unwrap_or_default()
    }

    /// Refuses what asks for too much.
    pub(super) fn check(&self) -> Result<()> {
        if self.lists.len() > MOST || self.room_subscriptions.len() > MOST {
            return Err(MatrixError::invalid_param("these are too many lists or subscriptions"));
        }
        if self.name().len() > LONGEST_NAME {
            return Err(MatrixError::invalid_param("the name of the connection is too long"));
        }
        if self.lists.values().flat_map(List::ranges).any(|(first, last)| first > last) {
            return Err(MatrixError::invalid_param("a range ends before it begins"));
        }
        Ok(())
    }
}

/// What to tell of a room, of all the rules it matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) limit: usize,
    pub(super) required: Required,
}

impl Wish {
    pub(super) fn add(&mut self, config: &RoomConfig) {
        let limit = usize::try_from(config.timeline_limit.min(LONGEST_TIMELINE)).unwrap_or_default();
        self.limit = self.limit.max(limit);
        self.required.0.insert(config.required_state.clone());
    }
}

/// The state that is wanted: each set of pairs of type and state key by itself, since one may want
/// members lazily and another all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Required(BTreeSet<BTreeSet<(String, String)>>);

const MEMBER: &str = "m.room.member";

impl Required {
    /// Whether a piece of state is wanted, other than lazily.
    pub(super) fn matches(&self, event_type: &str, state_key: &str, own: &UserId) -> bool {
        self.0.iter().any(|set| {
            let lazy = is_lazy(set);
            set.iter().any(|(kind, key)| {
                let kind_fits = kind == event_type || (kind == "*" && !(lazy && event_type == MEMBER));
                kind_fits && (key == "*" || key == state_key || (key == "$ME" && state_key == own.as_str()))
            })
        })
    }

    /// Whether another one wants all of it.
    pub(super) fn is_covered_by(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Wants what another one does, too.
    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Whether the members are wanted who speak in the timeline.
    pub(super) fn is_lazy(&self) -> bool {
        self.0.iter().any(is_lazy)
    }

    /// Whether every member is wanted.
    pub(super) fn wants_all_members(&self) -> bool {
        self.0.iter().any(|set| {
            let lazy = is_lazy(set);
            set.iter().any(|(kind, key)| key == "*" && (kind == MEMBER || (kind == "*" && !lazy)))
        })
    }

    /// The members who are wanted by name.
    pub(super) fn members(&self, own: &UserId) -> BTreeSet<String> {
        let keys = self.0.iter().flatten().filter(|(kind, _)| kind == MEMBER || kind == "*").map(|(_, key)| key);
        keys.filter_map(
            |key| if key == "$ME" { Some(own.to_string()) } else { key.starts_with('@').then(|| key.clone()) },
        )
        .collect()
    }
}

fn is_lazy(set: &BTreeSet<(String, String)>) -> bool {
    set.iter().any(|(kind, key)| key == "$LAZY" && kind == MEMBER)
}

#[cfg(test)]
mod tests {
    use ruma::user_id;
    use serde_json::json;

    use super::{Request, Wish};

    fn wish(required_state: &[serde_json::Value]) -> Wish {
        let mut wish = Wish::default();
        for required_state in required_state {
            let config = json!({ "required_state": required_state, "timeline_limit": 1 });
            wish.add(&serde_json::from_value(config).unwrap());
        }
        wish
    }

    #[test]
    fn wildcards_and_oneself_are_understood() {
        let me = user_id!("@me:test");
        let required = wish(&[json!([["m.room.name", ""], ["org.x", "*"], ["m.room.member", "$ME"]])]).required;

        assert!(required.matches("m.room.name", "", me));
        assert!(!required.matches("m.room.name", "x", me));
        assert!(required.matches("org.x", "anything", me));
        assert!(required.matches("m.room.member", "@me:test", me));
        assert!(!required.matches("m.room.member", "@other:test", me));
        assert!(!required.wants_all_members());
    }

    #[test]
    fn lazy_members_are_not_part_of_everything() {
        let me = user_id!("@me:test");
        let lazy = json!([["*", "*"], ["m.room.member", "$LAZY"]]);
        let required = wish(std::slice::from_ref(&lazy)).required;
        assert!(required.is_lazy() && !required.wants_all_members());
        assert!(required.matches("org.x", "key", me));
        assert!(!required.matches("m.room.member", "@other:test", me));

        let both = wish(&[lazy, json!([["m.room.member", "*"]])]).required;
        assert!(both.wants_all_members() && both.matches("m.room.member", "@other:test", me));
    }

    #[test]
    fn both_forms_of_a_range_are_read() {
        let request = json!({ "lists": {
            "old": { "ranges": [[0, 1], [3, 4]], "timeline_limit": 1 },
            "new": { "range": [0, 9], "timeline_limit": 1 },
            "all": { "timeline_limit": 1 },
        } });
        let request: Request = serde_json::from_value(request).unwrap();
        assert_eq!(request.lists["old"].ranges(), [(0, 1), (3, 4)]);
        assert_eq!(request.lists["new"].ranges(), [(0, 9)]);
        assert_eq!(request.lists["all"].ranges(), [(0, usize::MAX)]);
    }
}
