//! Where the “new” line stands, and what a screen reader is told of new messages.

use leptos::prelude::*;
use ruma::OwnedEventId;
use trellis_model::protocol::{Edge, ItemKey, SyncStatus};

use super::layout::Shape;
use crate::{
    platform::tab::Presence,
    state::use_state,
    view::{message::plain_text, room::use_room},
    wording::{t, user_name},
};

/// The event below which everything is new. Taken when the room is opened and what is stored is up to date, and again
/// when messages come while nobody looks; it stays until the room is left.
pub(super) fn unread_mark(shapes: Memo<Vec<Shape>>) -> Signal<Option<OwnedEventId>> {
    let (room, state) = (use_room(), use_state());
    let mark = Memo::new(move |before: Option<&Option<Option<OwnedEventId>>>| {
        if let Some(Some(taken)) = before {
            return shapes.with(|shapes| Some(taken.clone().or_else(|| unseen(shapes))));
        }
        let is_known = matches!(
            state.status().get(),
            SyncStatus::Live | SyncStatus::Syncing | SyncStatus::Offline { .. } | SyncStatus::Error(_)
        );
        let fully_read = room.read(|room| room.fully_read.clone())?;
        shapes.with(|shapes| {
            let is_news = |at: usize| shapes[at + 1..].iter().any(|shape| !shape.is_own && shape.event_id.is_some());
            let at = shapes.iter().position(|shape| shape.event_id.is_some() && shape.event_id == fully_read);
            let unread = at.is_some_and(is_news);
            (unread || (is_known && !shapes.is_empty())).then(|| fully_read.filter(|_| unread))
        })
    });
    Signal::derive(move || mark.get().flatten())
}

/// The message before the newest, when that came while nobody looked.
fn unseen(shapes: &[Shape]) -> Option<OwnedEventId> {
    let [.., before, newest] = shapes else { return None };
    (!newest.is_own && !Presence::now().visible).then(|| before.event_id.clone()).flatten()
}

/// What is said of messages of others as they come: one in full, several as a number.
pub(super) fn announcement(shapes: Memo<Vec<Shape>>, end: ReadSignal<Edge>) -> Signal<String> {
    let room = use_room();
    let said = Memo::new(move |before: Option<&(Option<ItemKey>, String)>| {
        shapes.with(|shapes| {
            let newest = shapes.last().map(|shape| shape.key.clone());
            let Some((Some(last), said)) = before else { return (newest, String::new()) };
            if newest.as_ref() == Some(last) || end.get_untracked() != Edge::End {
                return (newest, said.clone());
            }
            let Some(at) = shapes.iter().position(|shape| shape.key == *last) else { return (newest, String::new()) };
            let new: Vec<_> = shapes[at + 1..].iter().filter(|shape| !shape.is_own).collect();
            let words = match new.as_slice() {
                [] => String::new(),
                [one] => untrack(|| room.event(&one.key)).map_or_else(String::new, |event| {
                    let sender = user_name(event.sender_name.as_deref(), &event.sender);
                    t::announce_message(sender, plain_text(&event.content))
                }),
                several => t::announce_messages(several.len()),
            };
            (newest, words)
        })
    });
    Signal::derive(move || said.with(|(_, words)| words.clone()))
}
