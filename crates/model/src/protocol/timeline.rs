//! The rows of a timeline.

use ruma::{OwnedEventId, OwnedMxcUri, OwnedTransactionId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::{Refusal, StateFact};
use crate::rich_text::RichText;

/// Names a row from its local echo to its redaction, so that its element on the screen stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey(pub String);

/// A row of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineRow {
    pub key: ItemKey,
    pub kind: TimelineRowKind,
}

/// What stands in a row. Day headings and the read marker are the page's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimelineRowKind {
    Event(Box<EventItem>),
    /// History that is not here yet.
    Gap(Gap),
}

/// A hole in the stored history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub loading: bool,
    pub failed: Option<Refusal>,
}

/// An event as it is shown, with everything that relates to it folded in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventItem {
    /// Known once the homeserver has it.
    pub event_id: Option<OwnedEventId>,
    /// Known when this device sent it.
    pub transaction_id: Option<OwnedTransactionId>,
    pub sender: OwnedUserId,
    pub sender_name: Option<String>,
    pub sender_ambiguous: bool,
    pub sender_avatar: Option<OwnedMxcUri>,
    /// `origin_server_ts`, milliseconds since the Unix epoch.
    pub timestamp: u64,
    pub is_own: bool,
    /// The person is mentioned.
    pub highlight: bool,
    pub content: ItemContent,
    pub in_reply_to: Option<ReplyPreview>,
    /// The number of replacements.
    pub edits: u32,
    pub reactions: Vec<ReactionTally>,
    /// Others whose read receipt stands here.
    pub read_by: Vec<ReadBy>,
    /// `None`: not sent from here.
    pub send_state: Option<SendState>,
    pub can_edit: bool,
    pub can_redact: bool,
    pub can_react: bool,
    /// Markdown to begin an edit with, for the person's own text.
    pub editable_body: Option<String>,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemContent {
    Message {
        kind: MessageKind,
        body: RichText,
    },
    Media(MediaInfo),
    /// `m.sticker`.
    Sticker(MediaInfo),
    State(StateFact),
    Redacted {
        by: Option<OwnedUserId>,
        by_name: Option<String>,
        reason: Option<String>,
    },
    /// It is encrypted, and cannot be read here.
    Undecryptable(Undecryptable),
    /// An event this client does not know; its fallback text when it has one.
    Unsupported {
        event_type: String,
        body: Option<String>,
    },
    /// An event whose content is not what its type demands.
    Malformed {
        event_type: String,
    },
}

/// Why an encrypted event cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undecryptable {
    /// Its key is not here, and may yet come.
    MissingKey,
    /// It was sent before this device was there.
    BeforeDevice,
    /// It was sent before the person was in the room.
    BeforeJoining,
    /// The sender's device keeps its key from this one.
    Withheld(Withheld),
    UnsupportedAlgorithm,
    /// It is not what it says it is, or its key does not fit.
    Broken,
}

/// The [codes](https://spec.matrix.org/v1.18/client-server-api/#reporting-that-decryption-keys-are-withheld) of
/// `m.room_key.withheld`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Withheld {
    /// `m.blacklisted`
    Blocked,
    /// `m.unverified`
    Unverified,
    /// `m.unauthorised`
    NotAllowed,
    /// `m.unavailable`
    Unavailable,
    /// `m.no_olm`
    NoChannel,
    Other,
}

/// The kinds of text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageKind {
    Text,
    Emote,
    Notice,
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaInfo {
    pub kind: MediaKind,
    /// `None` while it is not uploaded.
    pub source: Option<MediaSource>,
    /// Of an encrypted picture or film: what its sender made of it, since the homeserver cannot.
    pub thumbnail: Option<MediaSource>,
    pub file_name: String,
    pub caption: Option<RichText>,
    pub mimetype: Option<String>,
    pub size: Option<u64>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub duration: Option<u64>,
    pub blurhash: Option<String>,
}

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaSource {
    Plain(OwnedMxcUri),
    /// `file`: the [`EncryptedFile`](https://spec.matrix.org/v1.18/client-server-api/#extensions-to-mroommessage-msgtypes)
    /// as it came, text of a JSON object; `mimetype`: of what is in it, as its sender says.
    Encrypted {
        file: String,
        mimetype: Option<String>,
    },
}

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    File,
}

/// What a message replies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyPreview {
    pub event_id: Option<OwnedEventId>,
    /// `None`: not loaded.
    pub sender_name: Option<String>,
    pub sender: Option<OwnedUserId>,
    /// One line.
    pub excerpt: Option<String>,
}

/// One reaction and how many gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionTally {
    pub key: String,
    pub count: u32,
    pub is_own: bool,
    /// Some of their names, for the tooltip.
    pub names: Vec<String>,
}

/// A reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBy {
    pub user_id: OwnedUserId,
    pub display_name: Option<String>,
    pub avatar_url: Option<OwnedMxcUri>,
    pub timestamp: Option<u64>,
}

/// Where a local echo stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendState {
    Queued,
    Sending,
    Sent,
    Failed(Refusal),
}

/// What lies beyond an edge of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edge {
    /// There is more: ask with `ExtendTimeline`.
    More,
    Loading,
    Failed(Refusal),
    /// The beginning of the room, or the newest event.
    End,
}
