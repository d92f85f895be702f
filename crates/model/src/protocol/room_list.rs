//! The room list.

use ruma::{OwnedMxcUri, OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};

/// Which rooms a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomListFilter {
    /// Matches the shown name, without regard to case and accents; empty: all.
    pub text: String,
    pub unread_only: bool,
}

/// The sections, in their order on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Section {
    Invites,
    Favourites,
    People,
    Rooms,
    LowPriority,
}

/// How many rooms of a section pass the filter. The rows of a list come section by section, in the order of [`Section`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionCount {
    pub section: Section,
    pub rooms: u32,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomTile {
    pub room_id: OwnedRoomId,
    pub section: Section,
    pub name: RoomName,
    pub avatar_url: Option<OwnedMxcUri>,
    pub is_direct: bool,
    pub is_space: bool,
    pub is_encrypted: bool,
    /// Who invited, for invites.
    pub inviter: Option<OwnedUserId>,
    /// `notification_count` of the homeserver.
    pub unread_count: u64,
    /// `highlight_count` of the homeserver.
    pub highlight_count: u64,
    /// There is something new, counted or not.
    pub is_unread: bool,
    pub preview: Option<MessagePreview>,
    /// Milliseconds since the Unix epoch of what the list sorts by.
    pub activity: u64,
    pub typing: Vec<String>,
    /// Messages that wait or failed.
    pub unsent: u32,
}

/// A room's name by the specification's algorithm, as facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomName {
    /// `m.room.name`, or the canonical alias.
    Named(String),
    /// Made of its people: some names, and how many others there are.
    People { names: Vec<String>, others: u64 },
    /// Nobody else is there; the names of who was.
    Empty { was: Vec<String> },
}

/// The last message, for a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePreview {
    /// The sender's name; none for the person's own.
    pub sender: Option<String>,
    pub kind: PreviewKind,
}

/// What the last message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreviewKind {
    Text(String),
    Emote(String),
    Image,
    Video,
    Audio,
    File(String),
    Redacted,
    Undecryptable,
}
