//! The keys that work everywhere.

use leptos::{ev, prelude::*};
use ruma::OwnedRoomId;

use crate::{
    platform::dom,
    route::{Dialog, Navigator, Route, use_navigator},
    state::RoomList,
};

/// Listens as long as the frame stands.
pub(super) fn listen(list: RoomList) {
    let navigator = use_navigator();
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let (control, alt) = (event.ctrl_key() || event.meta_key(), event.alt_key());
        let done = match event.key().as_str() {
            "k" if control && !alt => dom::focus_found("[data-testid=room-search]"),
            "ArrowDown" if alt && !control => step(navigator, &list, true, event.shift_key()),
            "ArrowUp" if alt && !control => step(navigator, &list, false, event.shift_key()),
            "?" if !control && !alt && !dom::is_typing() && !dom::has_layer() => {
                navigator.open(Dialog::Shortcuts);
                true
            }
            "Escape" if !dom::has_layer() && !dom::is_escape_taken() => navigator.close_layer(),
            "F6" => {
                dom::next_region(event.shift_key());
                true
            }
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// Opens the room before or after the one that is open, in the order of the list.
fn step(navigator: Navigator, list: &RoomList, forward: bool, unread_only: bool) -> bool {
    let order: Vec<OwnedRoomId> = list.tiles.order_signal().get_untracked();
    let open = navigator.route().with_untracked(|route| route.room_or_alias().map(ToString::to_string));
    let wanted = |room_id: &&OwnedRoomId| {
        let is_unread = || list.tiles.row(room_id).is_some_and(|tile| tile.with_untracked(|tile| tile.is_unread));
        !unread_only || is_unread()
    };
    let now = order.iter().position(|room_id| Some(room_id.as_str()) == open.as_deref());
    let next = match (forward, now) {
        (true, now) => order.get(now.map_or(0, |now| now + 1)..).and_then(|rest| rest.iter().find(wanted)),
        (false, now) => order.get(..now.unwrap_or(order.len())).and_then(|rest| rest.iter().rev().find(wanted)),
    };
    if let Some(room_id) = next {
        navigator.go(Route::room(room_id.clone()));
    }
    true
}
