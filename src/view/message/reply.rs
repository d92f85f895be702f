//! What a message answers, in one line that leads there.

use leptos::prelude::*;

use super::{EventRow, part};
use crate::{
    markup::{live, view},
    route::{Place, Route},
    view::room::use_room,
    wording::{t, user_name},
};

/// The quotation above an answer.
#[component]
pub(super) fn ReplyQuote(
    /// The answer.
    row: EventRow,
) -> impl IntoView {
    let room = use_room();
    let preview = part(row, |event| event.in_reply_to.clone());
    live(move || {
        preview.get().flatten().map(|preview| {
            let name = preview.sender.as_ref().map(|sender| user_name(preview.sender_name.as_deref(), sender));
            let excerpt = preview.excerpt.clone().unwrap_or_else(t::message_unknown_reply);
            let event = preview.event_id.clone();
            let go = move |_| {
                if let Some(event) = event.clone() {
                    let place = Place::Room { room: room.room_id().into(), event: Some(event) };
                    let panel = room.navigator.route().with_untracked(|route| route.panel);
                    room.navigator.go(Route { panel, ..Route::to(place) });
                }
            };
            view! {
                <button type="button" class="reply-quote" tabindex="-1" on:click=go>
                    {name.map(|name| view! { <bdi class="reply-quote__name">{name}</bdi> })}
                    <span class="reply-quote__excerpt" dir="auto">{excerpt}</span>
                </button>
            }
        })
    })
}
