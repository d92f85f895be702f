//! State events as typed facts, which the page puts into words.

use ruma::{OwnedMxcUri, OwnedRoomAliasId, OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};

/// What a state event changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateFact {
    Created {
        predecessor: Option<OwnedRoomId>,
    },
    /// `user_id` is whose membership changed; the item's sender did it.
    Membership {
        user_id: OwnedUserId,
        display_name: Option<String>,
        change: MembershipChange,
        reason: Option<String>,
    },
    Profile {
        user_id: OwnedUserId,
        change: ProfileChange,
    },
    Name {
        name: Option<String>,
    },
    Topic {
        topic: Option<String>,
    },
    Avatar {
        url: Option<OwnedMxcUri>,
    },
    CanonicalAlias {
        alias: Option<OwnedRoomAliasId>,
    },
    JoinRules {
        rule: JoinRule,
    },
    HistoryVisibility {
        visibility: String,
    },
    GuestAccess {
        allowed: bool,
    },
    PowerLevels {
        changes: Vec<(OwnedUserId, i64, i64)>,
    },
    Encryption,
    PinnedEvents {
        added: u32,
        removed: u32,
    },
    ServerAcl,
    Tombstone {
        replacement: Option<OwnedRoomId>,
        body: String,
    },
    SpaceChild {
        room_id: OwnedRoomId,
        removed: bool,
    },
    /// A state event this client does not know.
    Other {
        event_type: String,
        state_key: String,
    },
}

/// How a membership changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MembershipChange {
    Joined,
    Invited,
    InviteAccepted,
    InviteRejected,
    InviteRevoked,
    Left,
    Kicked,
    Banned,
    KickedAndBanned,
    Unbanned,
    Knocked,
    KnockAccepted,
    KnockRetracted,
    KnockDenied,
    /// The same as before, or not a change the specification knows.
    None,
}

/// A change of a member's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChange {
    /// Old and new display name, when it changed.
    pub display_name: Option<(Option<String>, Option<String>)>,
    pub avatar_changed: bool,
}

/// The door of a room (`m.room.join_rules`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinRule {
    Public,
    Invite,
    Knock,
    /// Members of these rooms or spaces may join.
    Restricted {
        allow: Vec<OwnedRoomId>,
    },
    KnockRestricted {
        allow: Vec<OwnedRoomId>,
    },
    Private,
    Unknown(String),
}
