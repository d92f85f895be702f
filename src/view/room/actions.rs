//! What a person can do with a message, once for toolbar, menu and keyboard.

use leptos::prelude::*;
use ruma::OwnedTransactionId;
use trellis_model::protocol::{Command, EventItem, ItemContent, ItemKey, SendState};

use super::{RoomContext, context::MessageDialog};
use crate::{
    platform::{dom, history},
    route::{Place, Route},
    task::afterwards,
    view::{composer::Mode, message::plain_text},
    wording::{t, user_name},
};

/// Which actions a message offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Offers {
    pub(crate) react: bool,
    pub(crate) reply: bool,
    pub(crate) edit: bool,
    pub(crate) remove: bool,
    pub(crate) copy: bool,
    pub(crate) link: bool,
}

impl Offers {
    /// What can be done with an event, by somebody who may write in the room or not.
    pub(crate) fn of(event: &EventItem, may_write: bool) -> Self {
        let is_message = matches!(
            event.content,
            ItemContent::Message { .. }
                | ItemContent::Media(_)
                | ItemContent::Sticker(_)
                | ItemContent::Unsupported { .. }
        );
        let failed = matches!(event.send_state, Some(SendState::Failed(_)));
        Self {
            react: event.can_react && may_write && !failed,
            reply: is_message && may_write && !failed,
            edit: event.can_edit && may_write && event.editable_body.is_some(),
            remove: event.can_redact && event.event_id.is_some(),
            copy: !plain_text(&event.content).is_empty(),
            link: event.event_id.is_some(),
        }
    }
}

impl RoomContext {
    /// What can be done with a message now.
    pub(crate) fn offers(self, event: &EventItem) -> Offers {
        let may_write =
            self.read(|room| matches!(room.composable, trellis_model::protocol::Composable::Yes)).unwrap_or_default();
        Offers::of(event, may_write)
    }

    pub(crate) fn reply(self, key: &ItemKey) {
        if let Some(event) = self.event(key) {
            let name = user_name(event.sender_name.as_deref(), &event.sender);
            self.mode.set(Mode::Reply { to: key.clone(), name: Some(name), excerpt: plain_text(&event.content) });
        }
    }

    pub(crate) fn edit(self, key: &ItemKey) {
        if let Some(body) = self.event(key).and_then(|event| event.editable_body) {
            self.mode.set(Mode::Edit { of: key.clone(), body });
        }
    }

    pub(crate) fn ask(self, dialog: MessageDialog) {
        self.dialog.set(Some(dialog));
    }

    pub(crate) fn toggle_reaction(self, target: &ItemKey, key: &str) {
        self.submit(Command::ToggleReaction {
            room_id: self.room_id(),
            transaction_id: self.session.transaction_id(),
            target: target.clone(),
            key: key.to_owned(),
        });
    }

    pub(crate) fn redact(self, target: &ItemKey, reason: &str) {
        self.submit(Command::Redact {
            room_id: self.room_id(),
            transaction_id: self.session.transaction_id(),
            target: target.clone(),
            reason: some_text(reason),
        });
    }

    pub(crate) fn retry(self, transaction_id: OwnedTransactionId) {
        self.submit(Command::Retry { room_id: self.room_id(), transaction_id });
    }

    pub(crate) fn cancel_send(self, transaction_id: OwnedTransactionId) {
        self.submit(Command::CancelSend { room_id: self.room_id(), transaction_id });
    }

    pub(crate) fn copy_text(self, key: &ItemKey) {
        if let Some(event) = self.event(key) {
            self.copy(plain_text(&event.content), t::room_copied());
        }
    }

    /// Copies a link to a message.
    pub(crate) fn copy_link(self, key: &ItemKey) {
        if let Some(event_id) = self.event(key).and_then(|event| event.event_id) {
            let place = Place::Room { room: self.room_id().into(), event: Some(event_id) };
            self.copy(history::address(&Route::to(place).to_string()), t::room_link_copied());
        }
    }

    /// Copies a link to the room.
    pub(crate) fn copy_room_link(self) {
        self.copy(history::address(&Route::room(self.room_id()).to_string()), t::room_link_copied());
    }

    /// Puts text on the clipboard and says so.
    pub(crate) fn copy(self, text: String, said: String) {
        afterwards(async move { dom::copy_text(&text).await }, move |is_copied| {
            if is_copied {
                self.toasts.show(said);
            }
        });
    }
}

/// Trimmed text; `None` when it is empty.
pub(crate) fn some_text(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
