//! What changes a room, and how: one response or one act of the person at a time, folded over what is stored.
//!
//! The writer queue does the same for every [`RoomInput`]: load the room's record, then what the input
//! [needs](RoomInput::needs), [reduce](RoomInput::reduce), commit. Every reduction is idempotent: a response that is
//! replayed changes nothing.

mod account_data;
mod context;
mod decrypted;
mod echo;
mod joined;
mod members;
mod paginated;
mod receipts;
mod response;
mod state;
mod stripped;
mod timeline;

pub use self::{
    context::ContextResponse,
    echo::{EchoBody, LocalEcho},
    members::MembersResponse,
    paginated::{MessagesResponse, Pagination},
    response::{
        EphemeralEvents, JoinedRoom, LeftRoom, MalformedRoom, StrippedRoom, Summary, SyncResponse, TimelinePart,
        UnreadCounts,
    },
};

pub(crate) use self::state::{filled, join_rule, membership};

use ruma::{OwnedTransactionId, RoomId, UserId};

use crate::{
    account::Account,
    changes::{Needs, RoomChanges, Snapshot},
    event::Event,
    protocol::{Membership, Undecryptable},
    room::StoredRoom,
    timeline::Echo,
};

/// Something that changes one room.
#[derive(Debug, Clone, PartialEq)]
pub enum RoomInput {
    /// `rooms.join` of a sync.
    Joined(JoinedRoom),
    /// `rooms.invite` of a sync.
    Invited(StrippedRoom),
    /// `rooms.knock` of a sync.
    Knocked(StrippedRoom),
    /// `rooms.leave` of a sync.
    Left(LeftRoom),
    /// `GET …/messages` at a gap.
    Paginated(Pagination),
    /// `GET …/context/{eventId}`.
    Context(ContextResponse),
    /// `GET …/members`.
    Members(MembersResponse),
    /// `m.direct` changed.
    Direct,
    /// The person wrote something: it stands in the timeline at once.
    Enqueued(LocalEcho),
    /// The sending of something came further.
    Progress { transaction_id: OwnedTransactionId, progress: SendProgress },
    /// Encrypted events that could not be read when they came, tried again.
    Decrypted(Vec<Event>),
    /// The person left here: the homeserver said yes to `POST …/leave` or `…/forget`.
    Forgotten,
}

/// How far the sending of something came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendProgress {
    /// It waits, goes, or failed. [`Echo::Sent`] has no place here.
    Now(Echo),
    /// The homeserver has it under this ID.
    Sent(ruma::OwnedEventId),
    /// The person took it back.
    Cancelled,
    /// The content changed before it was sent: an upload got its URI.
    Content(String),
}

impl RoomInput {
    /// The events that are encrypted, to be decrypted before anything else.
    pub fn encrypted_events(&mut self) -> Vec<&mut Event> {
        let events = match self {
            Self::Joined(room) => &mut room.timeline.events,
            Self::Left(room) => &mut room.timeline.events,
            Self::Paginated(pagination) => &mut pagination.response.events,
            Self::Context(response) => &mut response.events,
            Self::Decrypted(events) => events,
            Self::Invited(_)
            | Self::Knocked(_)
            | Self::Members(_)
            | Self::Direct
            | Self::Enqueued(_)
            | Self::Progress { .. }
            | Self::Forgotten => return Vec::new(),
        };
        events.iter_mut().filter(|event| event.is_encrypted()).collect()
    }

    /// What could not be decrypted and stands before the person's own joining was sent before it; not every homeserver
    /// says so with each event.
    pub fn note_joining(&mut self, me: &UserId) {
        let Self::Joined(room) = self else { return };
        let events = &mut room.timeline.events;
        let Some(joined) = events.iter().rposition(|event| state::is_joining(event, me)) else { return };
        for event in events.iter_mut().take(joined) {
            if matches!(event.undecryptable, Some(Undecryptable::MissingKey | Undecryptable::BeforeDevice)) {
                event.undecryptable = Some(Undecryptable::BeforeJoining);
            }
        }
    }

    /// What must be loaded first. `room`: the room's record, if it is stored.
    pub fn needs(&self, room: Option<&StoredRoom>) -> Needs {
        match self {
            Self::Joined(update) => joined::needs(room, update),
            Self::Invited(_) | Self::Knocked(_) | Self::Direct | Self::Forgotten => Needs::default(),
            Self::Left(update) => joined::needs_left(room, update),
            Self::Paginated(pagination) => paginated::needs(room, pagination),
            Self::Context(response) => context::needs(room, response),
            Self::Members(response) => members::needs(room, response),
            Self::Enqueued(echo) => echo::needs(room, echo),
            Self::Decrypted(events) => decrypted::needs(room, events),
            Self::Progress { transaction_id, .. } => echo::needs_progress(transaction_id),
        }
    }

    /// The changes it makes of what is stored.
    pub fn reduce(&self, account: &Account, room_id: &RoomId, snapshot: &Snapshot) -> RoomChanges {
        match self {
            Self::Joined(update) => joined::joined(account, room_id, snapshot, update),
            Self::Invited(update) => stripped::stripped(account, room_id, snapshot, update, Membership::Invite),
            Self::Knocked(update) => stripped::stripped(account, room_id, snapshot, update, Membership::Knock),
            Self::Left(update) => joined::left(account, room_id, snapshot, update),
            Self::Paginated(pagination) => paginated::paginated(room_id, snapshot, pagination),
            Self::Context(response) => context::context(room_id, snapshot, response),
            Self::Members(response) => members::members(room_id, snapshot, response),
            Self::Decrypted(events) => decrypted::decrypted(room_id, snapshot, events),
            Self::Direct => account_data::direct(account, room_id, snapshot),
            Self::Enqueued(echo) => echo::enqueued(account, room_id, snapshot, echo),
            Self::Progress { transaction_id, progress } => {
                echo::progress(account, room_id, snapshot, transaction_id, progress)
            }
            Self::Forgotten => {
                let mut changes = RoomChanges::new(room_id.to_owned());
                changes.evict = snapshot.room.is_some();
                changes.touched.tile = true;
                changes
            }
        }
    }
}
