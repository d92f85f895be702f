//! What is kept of a room. Everything the room list, the header and the composer need is here, so that opening a room
//! reads one record; the events themselves are kept beside it.
//!
//! These types are stored in a binary form without field names: a change of shape raises the schema version of the cache.

use std::collections::{BTreeMap, BTreeSet};

use ruma::{OwnedEventId, OwnedMxcUri, OwnedRoomAliasId, OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::PowerLevels;
use crate::{
    protocol::{ItemKey, JoinRule, Membership, PreviewKind},
    timeline::{Chunk, Echo, LATEST_CHUNKS, Position},
};

/// A room of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRoom {
    pub room_id: OwnedRoomId,
    /// The person's own membership.
    pub membership: Membership,
    /// Who invited, for invites.
    pub inviter: Option<OwnedUserId>,

    // Facts of the state, as the last event of each type says.
    pub name: Option<String>,
    pub canonical_alias: Option<OwnedRoomAliasId>,
    pub avatar_url: Option<OwnedMxcUri>,
    pub topic: Option<String>,
    pub join_rule: JoinRule,
    pub room_version: String,
    /// `type` of `m.room.create`.
    pub room_type: Option<String>,
    /// How it is encrypted. Once it is, it stays so.
    pub encryption: Option<RoomEncryption>,
    pub tombstone: Option<Tombstone>,
    pub power_levels: PowerLevels,
    /// Whether the state but the members is all here. `false`: what is not stored is unknown rather than absent.
    pub state_complete: bool,

    // Its people.
    pub heroes: Vec<Hero>,
    /// `m.joined_member_count`.
    pub joined_members: u64,
    /// `m.invited_member_count`.
    pub invited_members: u64,
    /// Whether every member is stored.
    pub members_complete: bool,
    /// Whether they are those of now. `false`: the homeserver left events out, and who came or went may be among them.
    pub members_current: bool,
    pub is_direct: bool,

    // What is new in it.
    /// `notification_count` of the homeserver.
    pub unread_count: u64,
    /// `highlight_count` of the homeserver.
    pub highlight_count: u64,
    /// There is something the person has not read, counted or not.
    pub is_unread: bool,
    /// `m.marked_unread`.
    pub marked_unread: bool,
    /// Where `m.fully_read` stands.
    pub fully_read: Option<OwnedEventId>,
    /// Where the person's own receipt stands.
    pub own_receipt: Option<OwnedEventId>,
    /// The names of `m.tag`.
    pub tags: BTreeSet<String>,
    /// What the room list sorts by: milliseconds since the Unix epoch of the last message.
    pub bump_stamp: u64,
    pub preview: Option<Preview>,

    // Its timeline.
    /// The last chunks, oldest first, at most [`LATEST_CHUNKS`](crate::timeline::LATEST_CHUNKS).
    pub latest_chunks: Vec<Position>,
    /// The chunks with a gap before them, and when the first event behind it was sent.
    pub gaps: BTreeMap<Position, u64>,
    /// Some chunks came from `/context` or forward pagination: events of a sync may be stored out of its sight.
    pub has_fragments: bool,
    /// Some chunks hold relations whose target was not stored when they came.
    pub has_orphans: bool,
    /// Local echoes the homeserver has not ordered yet.
    pub pending: u32,
    /// Those of them that wait or failed.
    pub unsent: u32,
}

impl StoredRoom {
    /// A room of which only its ID is known.
    pub fn new(room_id: OwnedRoomId, membership: Membership) -> Self {
        Self {
            room_id,
            membership,
            inviter: None,
            name: None,
            canonical_alias: None,
            avatar_url: None,
            topic: None,
            join_rule: JoinRule::Invite,
            room_version: "1".to_owned(),
            room_type: None,
            encryption: None,
            tombstone: None,
            power_levels: PowerLevels::default(),
            state_complete: false,
            heroes: Vec::new(),
            joined_members: 0,
            invited_members: 0,
            members_complete: false,
            members_current: false,
            is_direct: false,
            unread_count: 0,
            highlight_count: 0,
            is_unread: false,
            marked_unread: false,
            fully_read: None,
            own_receipt: None,
            tags: BTreeSet::new(),
            bump_stamp: 0,
            preview: None,
            latest_chunks: Vec::new(),
            gaps: BTreeMap::new(),
            has_fragments: false,
            has_orphans: false,
            pending: 0,
            unsent: 0,
        }
    }

    /// Takes over what has not come back from the homeserver yet.
    pub(crate) fn update_pending(&mut self, pending: Option<&Chunk>) {
        let items = pending.map(|chunk| &*chunk.items).unwrap_or_default();
        self.pending = items.len() as u32;
        self.unsent = items.iter().filter(|item| item.echo != Some(Echo::Sent)).count() as u32;
    }

    /// Takes over which chunks there are now.
    pub(crate) fn update_chunk_facts(&mut self, changes: &BTreeMap<Position, Option<Chunk>>) {
        let mut latest: BTreeSet<Position> = self.latest_chunks.iter().copied().collect();
        // What is older than all of them need not be their neighbor.
        let oldest = latest.first().copied();
        for (position, chunk) in changes {
            match chunk.as_ref().filter(|chunk| chunk.gap.is_some()) {
                Some(chunk) => self.gaps.insert(*position, chunk.since),
                None => self.gaps.remove(position),
            };
        }
        for (position, chunk) in changes.iter().filter(|(position, _)| **position != Position::PENDING) {
            match chunk {
                Some(chunk) => {
                    self.has_orphans |= !chunk.orphans.is_empty();
                    if oldest.is_none_or(|oldest| oldest <= *position) {
                        latest.insert(*position);
                    }
                }
                None => {
                    latest.remove(position);
                }
            }
        }
        let excess = latest.len().saturating_sub(LATEST_CHUNKS);
        self.latest_chunks = latest.into_iter().skip(excess).collect();
    }

    /// Whether what is sent in it must be encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.encryption.is_some()
    }

    /// Whether the room is a space.
    pub fn is_space(&self) -> bool {
        self.room_type.as_deref() == Some("m.space")
    }
}

/// The content of [`m.room.encryption`](https://spec.matrix.org/v1.18/client-server-api/#mroomencryption).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomEncryption {
    pub algorithm: String,
    /// After how many milliseconds a key is not used any more. `None`: the specification's default.
    pub rotation_period_ms: Option<u64>,
    /// After how many messages a key is not used any more. `None`: the specification's default.
    pub rotation_period_msgs: Option<u64>,
}

/// One of the people a room without a name is called after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hero {
    pub user_id: OwnedUserId,
    pub display_name: Option<String>,
    pub avatar_url: Option<OwnedMxcUri>,
}

/// The room was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    pub replacement: Option<OwnedRoomId>,
    pub body: String,
}

/// The last message, for the room list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub item: ItemKey,
    pub sender: OwnedUserId,
    pub sender_name: Option<String>,
    pub kind: PreviewKind,
}

/// A state event, by type and state key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateEvent {
    /// None for stripped state.
    pub event_id: Option<OwnedEventId>,
    pub sender: OwnedUserId,
    pub timestamp: u64,
    /// The event as it came, text of a JSON object.
    pub json: String,
}

/// A member, by user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMember {
    pub user_id: OwnedUserId,
    pub membership: Membership,
    pub display_name: Option<String>,
    pub avatar_url: Option<OwnedMxcUri>,
    /// The event as it came, text of a JSON object.
    pub json: String,
}

/// A read receipt, by user and thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub user_id: OwnedUserId,
    /// `thread_id`: none for an unthreaded one, `main`, or the thread's root.
    pub thread_id: Option<String>,
    pub event_id: OwnedEventId,
    /// Milliseconds since the Unix epoch.
    pub timestamp: Option<u64>,
    /// `m.read.private`.
    pub is_private: bool,
}

/// One event of a room's account data, by type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomAccountData {
    /// The content, text of a JSON object.
    pub content: String,
}
