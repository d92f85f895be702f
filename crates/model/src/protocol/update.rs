//! What the core tells a page.

use ruma::{OwnedRoomId, OwnedTransactionId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::{
    AccountKey, AccountProfile, AttachmentIndex, CommandId, Device, Edge, HomeserverInfo, ItemKey, Member, Refusal,
    RoomDetails, RoomTile, SectionCount, SubscriptionId, TimelineRow,
};

/// What the core tells a page. At most 64 kB each, coalesced per frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Update {
    Reply {
        id: CommandId,
        result: Result<Reply, Refusal>,
    },
    Status(SyncStatus),
    Profile(AccountProfile),
    RoomList {
        subscription: SubscriptionId,
        sections: Vec<SectionCount>,
        window: Window<OwnedRoomId, RoomTile>,
    },
    /// `None`: there is no such room for this account.
    Room {
        subscription: SubscriptionId,
        details: Option<Box<RoomDetails>>,
    },
    Members {
        subscription: SubscriptionId,
        complete: bool,
        window: Window<OwnedUserId, Member>,
    },
    Timeline {
        subscription: SubscriptionId,
        window: Window<ItemKey, TimelineRow>,
        start: Edge,
        end: Edge,
    },
    /// How far uploads are; not stored.
    Transfer(TransferProgress),
    /// The session is over: the page goes to the log-in screen and says so.
    SignedOut(SessionEnd),
    /// The core ends for a newer build; the page saves what it holds and loads anew.
    Retired,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionEnd {
    /// It is over, and what was stored is gone.
    Fully,
    /// Logging in again continues it.
    Softly,
    /// The device's keys are gone from the browser's storage. Logging in again goes on as another device; what is stored
    /// stays.
    DeviceLost,
}

/// A part of a list. Applying one is idempotent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window<K, R> {
    /// The length of the whole list, where it is known (timelines: the window's own length).
    pub total: u32,
    /// The index of the first key (timelines: 0).
    pub start: u32,
    /// The keys now in the window, in order. `None`: as before.
    pub order: Option<Vec<K>>,
    /// The rows that are new in the window or changed.
    pub rows: Vec<R>,
}

/// The state of synchronisation, shown in the list header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncStatus {
    Starting,
    /// Stored data are shown, the homeserver has not answered yet.
    Cached,
    /// A response is being worked through.
    Syncing,
    Live,
    /// No network, or no answer. Milliseconds until the next try, if one is planned.
    Offline {
        retry_in: Option<u64>,
    },
    Error(Refusal),
}

/// The answers to commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    Done,
    Homeserver(HomeserverInfo),
    /// The account is stored: attach to its core.
    SignedIn {
        account: AccountKey,
        user_id: OwnedUserId,
    },
    Devices(Vec<Device>),
    Recovery(RecoveryState),
    /// To be kept by the person: nobody else has it.
    RecoveryKey(String),
    Room {
        room_id: OwnedRoomId,
    },
    Members(Vec<Member>),
    Users(Vec<Member>),
    Media {
        file: AttachmentIndex,
        mimetype: Option<String>,
    },
}

/// How far a device has what a person recovers by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecoveryState {
    /// Nothing was ever made.
    Missing,
    /// There is some, which the recovery key opens.
    Locked,
    /// It is here, and keys go into the backup.
    Ready,
}

/// How far an upload is, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferProgress {
    pub transaction_id: OwnedTransactionId,
    pub sent: u64,
    pub total: u64,
}

/// What the page paints before anything else is loaded: at most 60 tiles, and 40 rows of the last room. Kept sealed,
/// at most 64 kB, in a database of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootRecord {
    pub profile: AccountProfile,
    pub sections: Vec<SectionCount>,
    pub rooms: Vec<RoomTile>,
    pub room: Option<Box<RoomDetails>>,
    pub timeline: Vec<TimelineRow>,
}
