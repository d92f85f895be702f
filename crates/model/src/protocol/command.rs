//! What a page asks of the core.

use ruma::{
    EventId, OwnedDeviceId, OwnedEventId, OwnedMxcUri, OwnedRoomId, OwnedRoomOrAliasId, OwnedServerName,
    OwnedTransactionId, OwnedUserId,
};
use serde::{Deserialize, Serialize};

use super::{ItemKey, MediaSource, RoomListFilter};

/// Names a command until its [`Reply`](super::Reply) came; unique per tab. A page sends unanswered commands again after
/// the core was restarted, so each must be harmless when repeated: sends carry their transaction ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandId(pub u64);

/// Names a subscription of one tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubscriptionId(pub u32);

/// The place of a `Blob` in the list that travels beside the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentIndex(pub u32);

/// A command with the name its reply will carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandFrame {
    pub id: CommandId,
    pub command: Command,
}

/// What a page asks of the core. Every command but the subscriptions is answered by one
/// [`Update::Reply`](super::Update::Reply).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    // Without an account (the sign-in core).
    /// Finds a homeserver from a user ID, a server name or a URL. Answer: `Reply::Homeserver`.
    Discover {
        input: String,
    },
    /// Answer: `Reply::SignedIn`.
    LogIn {
        homeserver: String,
        user: String,
        password: String,
        device_name: String,
    },
    /// Answer: `Reply::SignedIn`; `Refusal::RegistrationTokenRequired` when the homeserver wants one.
    Register {
        homeserver: String,
        username: String,
        password: String,
        registration_token: Option<String>,
        device_name: String,
    },

    // The account.
    /// Ends the session here and on the homeserver, and removes what is stored. Answer: `Reply::Done`.
    LogOut,
    /// A soft-logged-out session continues with its data. Answer: `Reply::Done`.
    LogInAgain {
        password: String,
    },
    SetDisplayName {
        display_name: Option<String>,
    },
    SetAvatar {
        file: AttachmentIndex,
    },
    RemoveAvatar,
    /// Answer: `Reply::Devices`.
    Devices,
    RenameDevice {
        device_id: OwnedDeviceId,
        display_name: String,
    },
    /// `password` answers the user-interactive authentication.
    SignOutDevices {
        device_ids: Vec<OwnedDeviceId>,
        password: String,
    },

    // Watching.
    /// The room list in a range: from then on `Update::RoomList`.
    WatchRooms {
        subscription: SubscriptionId,
        filter: RoomListFilter,
        start: u32,
        end: u32,
    },
    /// One room's header, permissions, typing and draft: from then on `Update::Room`.
    WatchRoom {
        subscription: SubscriptionId,
        room_id: OwnedRoomId,
    },
    /// The members in a range: from then on `Update::Members`. Loads them when they are not complete.
    WatchMembers {
        subscription: SubscriptionId,
        room_id: OwnedRoomId,
        filter: MemberFilter,
        start: u32,
        end: u32,
    },
    /// A window of the timeline: from then on `Update::Timeline`. Opening again with the same subscription replaces it.
    WatchTimeline {
        subscription: SubscriptionId,
        room_id: OwnedRoomId,
        focus: TimelineFocus,
        limit: u32,
    },
    /// More rows at one edge of a timeline window, from the store or by pagination.
    ExtendTimeline {
        subscription: SubscriptionId,
        direction: PaginationDirection,
        limit: u32,
    },
    /// The page let go of all rows outside `first..=last`.
    TrimTimeline {
        subscription: SubscriptionId,
        first: ItemKey,
        last: ItemKey,
    },
    Unwatch {
        subscription: SubscriptionId,
    },

    // Writing. Answered as soon as it is stored; the timeline shows the rest.
    SendMessage {
        room_id: OwnedRoomId,
        transaction_id: OwnedTransactionId,
        draft: Draft,
    },
    /// `thumbnail` and dimensions are made by the page, which can decode images.
    SendFile {
        room_id: OwnedRoomId,
        transaction_id: OwnedTransactionId,
        file: AttachmentIndex,
        file_name: String,
        mimetype: String,
        width: Option<u32>,
        height: Option<u32>,
        caption: Option<String>,
    },
    /// Adds the person's reaction, or takes it away when it is there.
    ToggleReaction {
        room_id: OwnedRoomId,
        transaction_id: OwnedTransactionId,
        target: ItemKey,
        key: String,
    },
    Redact {
        room_id: OwnedRoomId,
        transaction_id: OwnedTransactionId,
        target: ItemKey,
        reason: Option<String>,
    },
    /// Sends what failed once more.
    Retry {
        room_id: OwnedRoomId,
        transaction_id: OwnedTransactionId,
    },
    /// Takes back what was not sent yet.
    CancelSend {
        room_id: OwnedRoomId,
        transaction_id: OwnedTransactionId,
    },
    SaveDraft {
        room_id: OwnedRoomId,
        draft: Option<Draft>,
    },
    SetTyping {
        room_id: OwnedRoomId,
        typing: bool,
    },
    /// Read receipt (public or private) and `m.fully_read` up to an item.
    MarkRead {
        room_id: OwnedRoomId,
        up_to: OwnedEventId,
        private: bool,
    },

    // Rooms.
    /// Answer: `Reply::Room`.
    CreateRoom(CreateRoom),
    /// Opens the direct chat with a person, or creates it. Answer: `Reply::Room`.
    StartDirectChat {
        user_id: OwnedUserId,
    },
    /// Accepts an invite, or joins by ID or alias. Answer: `Reply::Room`.
    Join {
        room: OwnedRoomOrAliasId,
        via: Vec<OwnedServerName>,
    },
    /// Declines an invite, or leaves.
    Leave {
        room_id: OwnedRoomId,
    },
    Forget {
        room_id: OwnedRoomId,
    },
    Invite {
        room_id: OwnedRoomId,
        user_id: OwnedUserId,
        reason: Option<String>,
    },
    Kick {
        room_id: OwnedRoomId,
        user_id: OwnedUserId,
        reason: Option<String>,
    },
    Ban {
        room_id: OwnedRoomId,
        user_id: OwnedUserId,
        reason: Option<String>,
    },
    Unban {
        room_id: OwnedRoomId,
        user_id: OwnedUserId,
        reason: Option<String>,
    },
    SetRoomName {
        room_id: OwnedRoomId,
        name: String,
    },
    SetRoomTopic {
        room_id: OwnedRoomId,
        topic: String,
    },
    /// Finds the room behind an alias. Answer: `Reply::Room`.
    ResolveAlias {
        room: OwnedRoomOrAliasId,
    },
    /// People whose name or ID begins with `text`, for autocompletion. Answer: `Reply::Members`.
    SearchMembers {
        room_id: OwnedRoomId,
        text: String,
        limit: u32,
    },
    /// People on the homeserver, for invites. Answer: `Reply::Users`.
    SearchUsers {
        text: String,
        limit: u32,
    },

    // Recovery.
    /// How far this device has what the person recovers by. Answer: `Reply::Recovery`.
    Recovery,
    /// Makes what the person recovers by. `anew`: even if there is some that this device does not have, which is lost then.
    /// Answer: `Reply::RecoveryKey`.
    SetUpRecovery {
        anew: bool,
        /// Where the homeserver asks for it: `Refusal::WrongPassword` says so.
        password: Option<String>,
    },
    /// Opens what the person recovers by.
    Recover {
        recovery_key: String,
    },

    // Media. Answer: `Reply::Media` with the file beside it.
    FetchMedia(MediaRequest),

    // The tab.
    /// Which room this tab shows (`None`: none), for the boot record.
    ShowRoom {
        room_id: Option<OwnedRoomId>,
    },
    /// Told whenever it changes, and once at the start.
    Connectivity {
        online: bool,
        visible: bool,
    },
    /// The page has a newer build: finish the commit under way and end. No answer.
    Retire,
}

impl Command {
    /// Whether a [`Reply`](super::Reply) comes for it: for all but the subscriptions and what tells of the tab itself.
    pub fn is_answered(&self) -> bool {
        !matches!(
            self,
            Self::WatchRooms { .. }
                | Self::WatchRoom { .. }
                | Self::WatchMembers { .. }
                | Self::WatchTimeline { .. }
                | Self::ExtendTimeline { .. }
                | Self::TrimTimeline { .. }
                | Self::Unwatch { .. }
                | Self::ShowRoom { .. }
                | Self::Connectivity { .. }
                | Self::Retire
        )
    }
}

/// What is being written, before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Markdown as typed. A leading `/me ` makes an emote; `/plain ` switches Markdown off.
    pub body: String,
    /// The people mentioned by autocompletion: user ID and the name that stands for them in `body`.
    pub mentions: Vec<(OwnedUserId, String)>,
    pub mode: DraftMode,
}

/// What a [`Draft`] will become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DraftMode {
    Message,
    Reply { to: ItemKey },
    Edit { of: ItemKey },
}

/// Where a timeline window opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimelineFocus {
    /// At the newest event.
    Live,
    /// Around an event; fetched by `/context` when it is not stored.
    Event(OwnedEventId),
}

impl TimelineFocus {
    /// The focused event, if any.
    pub fn event_id(&self) -> Option<&EventId> {
        match self {
            Self::Live => None,
            Self::Event(event_id) => Some(event_id),
        }
    }
}

/// Towards which end of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaginationDirection {
    Backward,
    Forward,
}

/// Which members a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MemberFilter {
    /// Matches display names and user IDs, without regard to case.
    pub text: String,
    /// Banned people instead of joined and invited ones.
    pub banned: bool,
}

/// `POST /createRoom`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRoom {
    pub name: String,
    pub topic: Option<String>,
    pub preset: Preset,
    /// The localpart of an alias.
    pub alias: Option<String>,
    pub visibility: Visibility,
    pub invite: Vec<OwnedUserId>,
    /// What is said in it is encrypted from the beginning. For good: encryption is never turned off.
    pub encrypted: bool,
}

/// The presets of `POST /createRoom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    PrivateChat,
    TrustedPrivateChat,
    PublicChat,
}

/// Whether the room directory lists the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    Public,
    Private,
}

/// A file of the content repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaRequest {
    Content(MediaSource),
    /// Size in device pixels.
    Thumbnail {
        uri: OwnedMxcUri,
        width: u32,
        height: u32,
    },
}
