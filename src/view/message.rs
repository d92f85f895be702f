//! One message: who, what, and what others did with it.

mod body;
mod dialogs;
mod emoji_only;
mod emoji_picker;
mod media;
mod picture;
mod plain;
mod reactions;
mod receipts;
mod reply;
mod rich_text;
mod status;
mod toolbar;

use leptos::prelude::*;
use trellis_model::protocol::{EventItem, ItemContent, ItemKey, MessageKind, TimelineRow};

use self::{body::Body, reactions::Reactions, receipts::Receipts, reply::ReplyQuote, status::Status};
pub(crate) use self::{dialogs::MessageDialogs, plain::plain_text, toolbar::MessageToolbar};
use super::{
    people::PersonAvatar,
    room::{event, use_room},
};
use crate::{
    markup::{live, view},
    wording::{dates, t, user_name},
};

/// A row of the timeline, read as an event.
pub(crate) type EventRow = RwSignal<TimelineRow>;

/// A part of an event, told only when that part changed.
pub(crate) fn part<T>(row: EventRow, read: impl Fn(&EventItem) -> T + Send + Sync + 'static) -> Memo<Option<T>>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| row.with(|row| event(row).map(&read)))
}

/// A message.
#[component]
pub(crate) fn Message(
    /// Its key.
    id: StoredValue<ItemKey>,
    /// The event.
    row: EventRow,
    /// The row above shows the sender already.
    continued: Memo<bool>,
) -> impl IntoView {
    let side = move || {
        if continued.get() {
            let time = row.with_untracked(|row| event(row).map(|event| dates::time_of_day(event.timestamp)));
            view! { <div class="message__side-time" aria-hidden="true">{time}</div> }
        } else {
            view! { <SenderAvatar row/> }
        }
    };
    let body_id = id.with_value(|key| format!("b-{}", key.0));
    view! {
        <div class="message" data-continued=move || continued.get().to_string()>
            <div class="message__gutter">{side}</div>
            <div class="message__main">
                <Head id row continued/>
                <ReplyQuote row/>
                <div id=body_id><Body id row/></div>
                <Reactions id row/>
                <Status row/>
            </div>
            <div class="message__aside"><Receipts row/></div>
        </div>
    }
}

#[component]
fn SenderAvatar(row: EventRow) -> impl IntoView {
    let sender = part(row, |event| (event.sender.clone(), event.sender_name.clone(), event.sender_avatar.clone()));
    live(move || {
        sender.get().map(|(user_id, name, avatar)| {
            view! { <PersonAvatar user_id name avatar size=36/> }
        })
    })
}

/// Who and when; only heard, not seen, where the row above shows the sender.
#[component]
fn Head(id: StoredValue<ItemKey>, row: EventRow, continued: Memo<bool>) -> impl IntoView {
    let room = use_room();
    let name = part(row, |event| user_name(event.sender_name.as_deref(), &event.sender));
    // An emote says the name itself.
    let is_emote = part(row, |event| matches!(event.content, ItemContent::Message { kind: MessageKind::Emote, .. }));
    let is_shown = move || !continued.get() && is_emote.get() != Some(true);
    let ambiguous = part(row, |event| event.sender_ambiguous.then(|| event.sender.to_string()));
    let (time, full) = row.with_untracked(|row| {
        let timestamp = event(row).map(|event| event.timestamp).unwrap_or_default();
        (dates::time_of_day(timestamp), dates::full(timestamp))
    });
    let spoken = {
        let time = time.clone();
        move || name.get().map(|name| t::message_says(name, time.as_str()))
    };
    let open = move |_| {
        if let Some(sender) = row.with_untracked(|row| event(row).map(|event| event.sender.clone())) {
            room.show_profile(sender);
        }
    };
    let spoken_id = id.with_value(|key| format!("s-{}", key.0));
    view! {
        <span class="visually-hidden" id=spoken_id>{spoken}</span>
        <Show when=is_shown>
            <div class="message__head">
                <button type="button" class="message__sender" tabindex="-1" on:click=open>
                    <bdi>{move || name.get()}</bdi>
                </button>
                {move || ambiguous.get().flatten().map(|id| view! { <span class="message__sender-id">{id}</span> })}
                <time class="message__time" title=full.clone()>{time.clone()}</time>
            </div>
        </Show>
    }
}
