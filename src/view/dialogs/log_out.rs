//! Confirming to log out, with what would be lost.

use leptos::{ev, prelude::*};
use trellis_model::protocol::Command;

use super::{Actions, close};
use crate::{
    markup::view,
    route::{Place, Route, use_navigator},
    session::use_session,
    state::use_state,
    task::Task,
    ui::{Dialog, Notice, NoticeKind},
    view::sign_in::Refused,
    wording::{Explanation, t},
};

/// How many rooms are asked for messages that wait.
const ASKED: u32 = 200;

/// The dialog.
#[component]
pub(super) fn LogOut() -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let rooms = use_state().watch_rooms(ASKED);
    let task = Task::new();
    let unsent = move || {
        let tiles = rooms.tiles.order();
        let waiting = |key| rooms.tiles.row(key).map_or(0, |tile| tile.with(|tile| tile.unsent));
        let count: u32 = tiles.iter().map(waiting).sum();
        let explanation = Explanation { text: t::log_out_unsent(count), details: None };
        (count > 0).then(|| view! { <Notice kind=NoticeKind::Warning explanation/> })
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        task.run(session.send(Command::LogOut), move |_| navigator.replace(Route::to(Place::Login)));
    };
    view! {
        <Dialog title=t::log_out_title() on_close=close()>
            <form class="dialog__form" on:submit=submit>
                <p>{t::log_out_words()}</p>
                {unsent}
                <Refused task/>
                <Actions task submit=t::log_out_submit() danger=true on_cancel=close()/>
            </form>
        </Dialog>
    }
}
