//! One open room: its details and its members.

use leptos::prelude::*;
use ruma::{OwnedRoomId, OwnedUserId};
use trellis_model::protocol::{Command, Member, MemberFilter, RoomDetails, SubscriptionId, Window};

use super::{Rows, State, lists::set, watch::Watched};

/// What is known of a watched room.
#[derive(Debug, Clone, PartialEq)]
pub enum RoomState {
    /// The core has not answered yet.
    Loading,
    /// The account has no such room.
    Missing,
    Known(Box<RoomDetails>),
}

/// A watched room. Clones are the same room.
#[derive(Clone)]
pub struct Room {
    details: ArcRwSignal<RoomState>,
}

impl Room {
    /// What is known of it.
    pub fn details(&self) -> ArcReadSignal<RoomState> {
        self.details.read_only()
    }

    pub(super) fn apply(&self, details: Option<Box<RoomDetails>>) {
        set(&self.details, details.map_or(RoomState::Missing, RoomState::Known));
    }
}

/// A watched range of a room's members. Clones are the same list.
#[derive(Clone)]
pub struct Members {
    /// The members of the window.
    pub rows: Rows<OwnedUserId, Member>,
    complete: ArcRwSignal<bool>,
    room_id: OwnedRoomId,
    subscription: SubscriptionId,
    state: State,
}

impl Members {
    /// Whether all members are known; else more are being loaded.
    pub fn complete(&self) -> bool {
        self.complete.get()
    }

    /// Watches another range, or by another filter.
    pub fn watch(&self, filter: MemberFilter, start: u32, end: u32) {
        let room_id = self.room_id.clone();
        self.state.dispatch(Command::WatchMembers { subscription: self.subscription, room_id, filter, start, end });
    }

    pub(super) fn apply(&self, complete: bool, window: Window<OwnedUserId, Member>) {
        self.rows.apply(window, |member| member.user_id.clone());
        set(&self.complete, complete);
    }
}

impl State {
    /// Watches a room until the component ends; begins with the boot record where that is the room.
    pub fn watch_room(self, room_id: OwnedRoomId) -> Room {
        let (room, subscription) = self.subscribe(|subscription| {
            let room = Room { details: ArcRwSignal::new(RoomState::Loading) };
            (Watched::Room(room.clone()), (room, subscription))
        });
        if let Some(details) = self.booted(|boot| boot.room.clone()).flatten()
            && details.room_id == room_id
        {
            room.apply(Some(details));
        }
        self.dispatch(Command::WatchRoom { subscription, room_id });
        room
    }

    /// Watches the first `end` members of a room until the component ends.
    pub fn watch_members(self, room_id: OwnedRoomId, filter: MemberFilter, end: u32) -> Members {
        let members = self.subscribe(|subscription| {
            let members = Members {
                rows: Rows::default(),
                complete: ArcRwSignal::new(false),
                room_id,
                subscription,
                state: self,
            };
            (Watched::Members(members.clone()), members)
        });
        members.watch(filter, 0, end);
        members
    }
}
