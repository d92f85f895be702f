//! What a message says.

use leptos::prelude::*;
use trellis_model::{
    protocol::{ItemContent, ItemKey, MessageKind, Undecryptable},
    rich_text::RichText,
};

use super::{EventRow, emoji_only::is_emoji_only, media::MediaBody, part, rich_text};
use crate::{
    markup::view,
    ui::{Button, Icon, IconView},
    view::room::{MessageDialog, use_room},
    wording::{t, undecryptable, user_name},
};

/// The content of a message, drawn anew only when it changed.
#[component]
pub(super) fn Body(
    /// The key of the row.
    id: StoredValue<ItemKey>,
    /// The event.
    row: EventRow,
) -> impl IntoView {
    let content = part(row, |event| event.content.clone());
    let edits = part(row, |event| event.edits);
    let edited = move || {
        edits.get().filter(|edits| *edits > 0).map(|edits| {
            view! { <span class="message__edited" title=t::message_edits(edits)>{t::message_edited()}</span> }
        })
    };
    view! {
        {move || content.get().map(|content| draw(id, row, content))}
        {edited}
    }
}

fn draw(id: StoredValue<ItemKey>, row: EventRow, content: ItemContent) -> AnyView {
    match content {
        ItemContent::Message { kind, body } => view! { <Text row kind body/> },
        ItemContent::Media(media) => view! { <MediaBody row media/> },
        ItemContent::Sticker(media) => view! { <MediaBody row media sticker=true/> },
        ItemContent::Redacted { by, by_name, reason } => {
            let words = match by {
                Some(by) => t::message_removed_by(user_name(by_name.as_deref(), &by)),
                None => t::message_removed(),
            };
            let words = match reason.filter(|reason| !reason.trim().is_empty()) {
                Some(reason) => t::event_reason(reason, words),
                None => words,
            };
            view! { <div class="message__body message__quiet message-body" dir="auto">{words}</div> }
        }
        ItemContent::Undecryptable(why) => view! { <Undecryptable id why/> },
        ItemContent::Unsupported { event_type, body } => {
            let words = body.unwrap_or_else(t::message_unsupported);
            view! { <div class="message__body message__quiet message-body" title=event_type dir="auto">{words}</div> }
        }
        ItemContent::Malformed { event_type } => view! {
            <div class="message__body message__quiet message-body" title=event_type>{t::message_malformed()}</div>
        },
        // Rows of state events are lines of their own.
        ItemContent::State(_) => ().into_any(),
    }
}

/// Words, formatted.
#[component]
fn Text(row: EventRow, kind: MessageKind, body: RichText) -> impl IntoView {
    let name = (kind == MessageKind::Emote)
        .then(|| {
            row.with_untracked(|row| {
                crate::view::room::event(row).map(|event| user_name(event.sender_name.as_deref(), &event.sender))
            })
        })
        .flatten();
    let actor = name.map(|name| view! { <strong class="message__actor">{name}" "</strong> });
    let kind_name = match kind {
        MessageKind::Text => "text",
        MessageKind::Emote => "emote",
        MessageKind::Notice => "notice",
    };
    let pending = part(row, |event| {
        use trellis_model::protocol::SendState;
        matches!(event.send_state, Some(SendState::Queued | SendState::Sending | SendState::Failed(_)))
    });
    let is_large = kind != MessageKind::Emote && is_emoji_only(&body);
    view! {
        <div
            class="message__body rich-text message-body" dir="auto"
            data-kind=kind_name
            data-emoji=is_large.then_some("true")
            data-pending=move || pending.get().unwrap_or_default().then_some("true")
        >
            {actor}
            {rich_text::draw(&body)}
        </div>
    }
}

/// A message that cannot be read here: why, and what to do.
#[component]
fn Undecryptable(id: StoredValue<ItemKey>, why: Undecryptable) -> impl IntoView {
    let room = use_room();
    let details = move |()| room.ask(MessageDialog::Details(id.get_value()));
    view! {
        <div class="message__card message-body">
            <IconView icon=Icon::Lock/>
            <div>
                <strong>{t::message_undecryptable()}</strong>
                <p>{undecryptable(why)}</p>
                <Button on_press=details>{t::message_details()}</Button>
            </div>
        </div>
    }
}
