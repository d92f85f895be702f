//! One open room: its header, what the person may do in it, its members.

use ruma::{OwnedEventId, OwnedMxcUri, OwnedRoomAliasId, OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::{Draft, JoinRule, RoomName};

/// What a room's header, composer and panel need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomDetails {
    pub room_id: OwnedRoomId,
    pub membership: Membership,
    pub name: RoomName,
    pub topic: Option<String>,
    pub avatar_url: Option<OwnedMxcUri>,
    pub canonical_alias: Option<OwnedRoomAliasId>,
    pub join_rule: JoinRule,
    pub room_version: String,
    pub is_direct: bool,
    pub is_space: bool,
    pub is_encrypted: bool,
    pub inviter: Option<OwnedUserId>,
    pub joined_members: u64,
    pub invited_members: u64,
    /// Display names of those who type, without the person.
    pub typing: Vec<String>,
    /// Where `m.fully_read` stands.
    pub fully_read: Option<OwnedEventId>,
    pub unread_count: u64,
    pub highlight_count: u64,
    pub permissions: Permissions,
    pub composable: Composable,
    pub draft: Option<Draft>,
}

/// The person's membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Membership {
    Join,
    Invite,
    Leave,
    Ban,
    Knock,
}

/// What the person's power level allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Permissions {
    pub send_messages: bool,
    pub invite: bool,
    pub kick: bool,
    pub ban: bool,
    pub redact_others: bool,
    pub set_name: bool,
    pub set_topic: bool,
}

/// Whether the composer accepts input, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Composable {
    Yes,
    NotAMember,
    NotPermitted,
    /// The room was replaced.
    Tombstoned {
        replacement: Option<OwnedRoomId>,
    },
    /// This device cannot encrypt.
    Encrypted,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub user_id: OwnedUserId,
    pub display_name: Option<String>,
    /// Two members share the name, so the ID must be shown with it.
    pub ambiguous: bool,
    pub avatar_url: Option<OwnedMxcUri>,
    pub membership: Membership,
    /// `i64::MAX`: a creator of a version 12 room.
    pub power_level: i64,
    /// Whether the person may remove this member.
    pub can_kick: bool,
    pub can_ban: bool,
}
