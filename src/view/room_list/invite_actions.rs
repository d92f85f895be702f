//! Accepting and declining an invite from the list.

use leptos::prelude::*;
use ruma::OwnedRoomId;
use trellis_model::protocol::Command;

use crate::{
    markup::view,
    route::{Route, use_navigator},
    session::use_session,
    task::Task,
    ui::{Icon, IconButton, use_toasts},
    wording::{explain, t},
};

/// The two buttons of an invite.
#[component]
pub(super) fn InviteActions(room_id: OwnedRoomId, #[prop(into)] name: Signal<String>) -> impl IntoView {
    let (session, navigator, toasts) = (use_session(), use_navigator(), use_toasts());
    let task = Task::new();
    Effect::new(move || {
        if let Some(refusal) = task.refusal().get() {
            toasts.explain(explain(&refusal));
        }
    });
    let accept = {
        let room_id = room_id.clone();
        move |()| {
            let room_id = room_id.clone();
            let answer = session.send(Command::Join { room: room_id.clone().into(), via: Vec::new() });
            task.run(answer, move |_| navigator.go(Route::room(room_id)));
        }
    };
    let decline = move |()| task.run(session.send(Command::Leave { room_id: room_id.clone() }), |_| {});
    view! {
        <span class="room-tile__invite">
            <IconButton
                icon=Icon::Check label=Signal::derive(move || t::tile_accept(name.get())) testid="tile-accept"
                disabled=task.busy() on_press=accept
            />
            <IconButton
                icon=Icon::X label=Signal::derive(move || t::tile_decline(name.get())) testid="tile-decline"
                disabled=task.busy() on_press=decline
            />
        </span>
    }
}
