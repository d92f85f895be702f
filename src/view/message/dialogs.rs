//! The questions about a message: which reaction, whether to remove it, and its details.

use leptos::prelude::*;
use trellis_model::protocol::ItemKey;

use super::emoji_picker::EmojiPicker;
use crate::{
    markup::{live, view},
    ui::{Button, ButtonKind, Dialog, TextField},
    view::room::{MessageDialog, RoomContext, use_room},
    wording::{dates, t},
};

/// The open question, if any; once in a room.
#[component]
pub(crate) fn MessageDialogs() -> impl IntoView {
    let room = use_room();
    live(move || {
        room.dialog.get().map(|dialog| match dialog {
            MessageDialog::React(key) => view! { <React key/> },
            MessageDialog::Remove(key) => view! { <Remove key/> },
            MessageDialog::Details(key) => view! { <Details key/> },
        })
    })
}

fn close(room: RoomContext) -> Callback<()> {
    Callback::new(move |()| room.dialog.set(None))
}

#[component]
fn React(key: ItemKey) -> impl IntoView {
    let room = use_room();
    let chosen = Callback::new(move |emoji: String| {
        room.toggle_reaction(&key, &emoji);
        room.dialog.set(None);
    });
    view! { <Dialog title=t::message_react() on_close=close(room)><EmojiPicker chosen/></Dialog> }
}

#[component]
fn Remove(key: ItemKey) -> impl IntoView {
    let room = use_room();
    let reason = RwSignal::new(String::new());
    let key = StoredValue::new(key);
    let remove = move || {
        key.with_value(|key| room.redact(key, &reason.get_untracked()));
        room.dialog.set(None);
    };
    view! {
        <Dialog title=t::message_remove_title() on_close=close(room)>
            <form
                class="dialog__form"
                on:submit=move |event| {
                    event.prevent_default();
                    remove();
                }
            >
                <p>{t::message_remove_words()}</p>
                <TextField label=t::message_remove_reason() value=reason autofocus=true/>
                <div class="dialog__actions">
                    <Button testid="dialog-cancel" on_press=close(room)>{t::action_cancel()}</Button>
                    <Button kind=ButtonKind::Danger submit=true testid="dialog-confirm">{t::message_remove()}</Button>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn Details(key: ItemKey) -> impl IntoView {
    let room = use_room();
    let event = room.event(&key);
    let facts = event.map(|event| {
        [
            (t::message_details_sender(), Some(event.sender.to_string())),
            (t::message_details_time(), Some(dates::full(event.timestamp))),
            (t::message_details_event(), event.event_id.map(|id| id.to_string())),
            (t::message_details_transaction(), event.transaction_id.map(|id| id.to_string())),
        ]
    });
    let fact = |(name, value): (String, Option<String>)| {
        value.map(|value| view! { <dt>{name}</dt><dd dir="ltr">{value}</dd> })
    };
    view! {
        <Dialog title=t::message_details_title() on_close=close(room)>
            <dl class="message-details">{facts.map(|facts| facts.map(fact).into_iter().collect_view())}</dl>
        </Dialog>
    }
}
