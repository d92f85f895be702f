//! What the page and the core say to each other: [`Command`] one way, [`Update`] the other.
//!
//! Plain structs in a compact binary form ([`encode`], [`decode`]), never JSON, never event content: the
//! page shows facts and makes sentences of them. Both ends come from the same build, so the form needs
//! no compatibility; the first message both ways is [`Hello`], JSON for ever, which finds out whether
//! they do. Files travel beside a message as `Blob`s and are named in it by their [`AttachmentIndex`].
//!
//! Lists are windowed: a page subscribes to a range, and gets the order of the keys in that range
//! together with the rows it has not seen in their present form.

mod account;
mod command;
mod facts;
mod hello;
mod refusal;
mod room;
mod room_list;
mod timeline;
mod update;

pub use self::{
    account::{AccountKey, AccountProfile, Device, HomeserverInfo, LoginFlows, RegistrationSupport},
    command::{
        AttachmentIndex, Command, CommandFrame, CommandId, CreateRoom, Draft, DraftMode, MediaRequest, MemberFilter,
        PaginationDirection, Preset, SubscriptionId, TimelineFocus, Visibility,
    },
    facts::{JoinRule, MembershipChange, ProfileChange, StateFact},
    hello::{Hello, PROTOCOL_VERSION},
    refusal::{Refusal, UploadRefusal},
    room::{Composable, Member, Membership, Permissions, RoomDetails},
    room_list::{MessagePreview, PreviewKind, RoomListFilter, RoomName, RoomTile, Section, SectionCount},
    timeline::{
        Edge, EventItem, Gap, ItemContent, ItemKey, MediaInfo, MediaKind, MediaSource, MessageKind, ReactionTally,
        ReadBy, ReplyPreview, SendState, TimelineRow, TimelineRowKind, Undecryptable, Withheld,
    },
    update::{BootRecord, RecoveryState, Reply, SessionEnd, SyncStatus, TransferProgress, Update, Window},
};

/// Why a message could not be read: the two ends are of different builds.
#[derive(Debug, PartialEq, Eq)]
pub struct DecodeError;

/// The compact binary form of a [`CommandFrame`] or an [`Update`].
pub fn encode<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("protocol types have no unsized sequences or maps, so encoding cannot fail")
}

/// Reads what [`encode`] wrote.
pub fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    postcard::from_bytes(bytes).map_err(|_| DecodeError)
}
