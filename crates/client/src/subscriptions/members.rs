//! Watching the members of a room in a range; all of them are loaded when the list is opened first.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, api::client::membership::get_member_events};
use trellis_model::{
    protocol::{Member, MemberFilter, Refusal, SubscriptionId, Update},
    room::{Members, StoredMember, member_list, member_row},
    sync::{MembersResponse, RoomInput},
};

use super::window::{SentWindow, range};
use crate::{core::Core, port::StoreError, request::SLOW_REQUEST_TIMEOUT, sign_in::store_refusal, writer::Committed};

/// A range of a room's members.
pub(crate) struct MembersWatch {
    subscription: SubscriptionId,
    room_id: OwnedRoomId,
    range: RefCell<(MemberFilter, u32, u32)>,
    changed: Cell<bool>,
    /// `None`: not read yet.
    members: RefCell<Option<Members>>,
    sent: RefCell<(bool, SentWindow<OwnedUserId, Member>)>,
}

impl MembersWatch {
    pub(crate) fn new(
        subscription: SubscriptionId,
        room_id: OwnedRoomId,
        filter: MemberFilter,
        start: u32,
        end: u32,
    ) -> Self {
        Self {
            subscription,
            room_id,
            range: RefCell::new((filter, start, end)),
            changed: Cell::new(true),
            members: RefCell::default(),
            sent: RefCell::default(),
        }
    }

    pub(crate) fn room_id(&self) -> &RoomId {
        &self.room_id
    }

    pub(crate) fn change(&self, filter: MemberFilter, start: u32, end: u32) {
        self.range.replace((filter, start, end));
        self.changed.set(true);
    }

    pub(crate) fn committed(&self, room: &Committed) {
        if room.changes.room_id != self.room_id {
            return;
        }
        if room.changes.evict {
            self.members.replace(None);
        } else if let Some(members) = self.members.borrow_mut().as_mut() {
            for member in room.changes.members.values().flatten() {
                members.insert(member.clone());
            }
        }
        if room.changes.evict || !room.changes.members.is_empty() || room.changes.room.is_some() {
            self.changed.set(true);
        }
    }

    pub(crate) fn reload(&self) {
        self.members.replace(None);
        self.changed.set(true);
    }

    pub(crate) async fn updates(&self, core: &Rc<Core>) -> Result<Vec<Update>, StoreError> {
        if !self.changed.take() {
            return Ok(Vec::new());
        }
        let Some(room) = core.records.room(&self.room_id).await? else { return Ok(Vec::new()) };
        if self.members.borrow().is_none() {
            let members = core.records.members(&self.room_id).await?;
            self.members.replace(Some(Members::new(members)));
        }
        let members = self.members.borrow();
        let Some(members) = &*members else { return Ok(Vec::new()) };
        let (filter, start, end) = &*self.range.borrow();
        let list = member_list(&room, members, filter);
        let total = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let account = core.account.borrow();
        let row = |member: &StoredMember| (member.user_id.clone(), member_row(&account, &room, members, member));
        let rows = range(&list, *start, *end).iter().map(|member| row(member)).collect();

        let mut sent = self.sent.borrow_mut();
        let complete = room.members_complete;
        let other = sent.0 != complete;
        sent.0 = complete;
        let windows = sent.1.update(total, *start, rows, other);
        let update = |window| Update::Members { subscription: self.subscription, complete, window };
        Ok(windows.into_iter().map(update).collect())
    }
}

/// Loads a room's members for a list. Without an answer the list stays incomplete, and says so.
pub(super) async fn complete(core: Rc<Core>, watch: Rc<MembersWatch>) {
    if let Err(refusal) = core.complete_members(&watch.room_id).await {
        tracing::info!(?refusal, "the members could not be loaded");
    }
}

impl Core {
    /// Loads all members of a room, unless they are here.
    pub(crate) async fn complete_members(&self, room_id: &RoomId) -> Result<(), Refusal> {
        let room = self.records.room(room_id).await.map_err(store_refusal)?;
        if room.is_none_or(|room| room.members_complete && room.members_current) {
            return Ok(());
        }
        let request = get_member_events::v3::Request::new(room_id.to_owned());
        let response = self.homeserver.send_raw(request, SLOW_REQUEST_TIMEOUT).await?;
        let text = String::from_utf8_lossy(response.body());
        let malformed = || Refusal::Homeserver { errcode: String::new(), error: String::new(), status: 200 };
        let members = MembersResponse::parse(&text).map_err(|_| malformed())?;
        self.change_room(room_id.to_owned(), RoomInput::Members(members)).await.map_err(store_refusal)
    }
}
