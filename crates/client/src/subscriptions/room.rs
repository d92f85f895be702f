//! Watching one room: its header, what the person may do in it, who types, the draft.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use ruma::{OwnedRoomId, RoomId};
use trellis_model::protocol::{RoomDetails, SubscriptionId, Update};

use crate::{core::Core, port::StoreError, writer::Committed};

/// A room's header.
pub(crate) struct RoomWatch {
    subscription: SubscriptionId,
    room_id: OwnedRoomId,
    changed: Cell<bool>,
    /// What was sent last. `None`: nothing yet.
    sent: RefCell<Option<Option<Box<RoomDetails>>>>,
}

impl RoomWatch {
    pub(crate) fn new(subscription: SubscriptionId, room_id: OwnedRoomId) -> Self {
        Self { subscription, room_id, changed: Cell::new(true), sent: RefCell::default() }
    }

    pub(crate) fn committed(&self, room: &Committed) {
        if room.changes.room_id == self.room_id {
            self.changed.set(true);
        }
    }

    pub(crate) fn draft_changed(&self, room_id: &RoomId) {
        if *room_id == self.room_id {
            self.changed.set(true);
        }
    }

    pub(crate) fn reload(&self) {
        self.changed.set(true);
    }

    pub(crate) async fn updates(&self, core: &Rc<Core>) -> Result<Vec<Update>, StoreError> {
        if !self.changed.take() {
            return Ok(Vec::new());
        }
        let details = core.room_details(&self.room_id).await?.map(Box::new);
        let mut sent = self.sent.borrow_mut();
        if sent.as_ref() == Some(&details) {
            return Ok(Vec::new());
        }
        *sent = Some(details.clone());
        Ok(vec![Update::Room { subscription: self.subscription, details }])
    }
}
