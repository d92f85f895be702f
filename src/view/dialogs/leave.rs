//! Confirming to leave a room.

use leptos::{ev, prelude::*};
use ruma::OwnedRoomId;
use trellis_model::protocol::Command;

use super::{Actions, close};
use crate::{
    markup::view,
    route::{Route, use_navigator},
    session::use_session,
    task::Task,
    ui::Dialog,
    view::sign_in::Refused,
    wording::t,
};

/// The dialog.
#[component]
pub(super) fn LeaveRoom(room_id: OwnedRoomId) -> impl IntoView {
    let (session, navigator, close) = (use_session(), use_navigator(), close());
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let left = room_id.clone();
        task.run(session.send(Command::Leave { room_id: room_id.clone() }), move |_| {
            let shown = navigator.route().with_untracked(|route| route.room_or_alias().map(ToString::to_string));
            if shown.as_deref() == Some(left.as_str()) {
                navigator.replace(Route::default());
            } else {
                close.run(());
            }
        });
    };
    view! {
        <Dialog title=t::leave_title() on_close=close>
            <form class="dialog__form" on:submit=submit>
                <p>{t::leave_words()}</p>
                <Refused task/>
                <Actions task submit=t::leave_submit() danger=true on_cancel=close/>
            </form>
        </Dialog>
    }
}
