//! The dialogs that have a place in the URL. Closing one goes back.

mod create_room;
mod invite;
mod join_room;
mod leave;
mod log_out;
mod shortcuts;
mod start_direct_chat;

use leptos::prelude::*;

pub(crate) use self::create_room::room_of;
use self::{
    create_room::CreateRoom, invite::InvitePeople, join_room::JoinRoom, leave::LeaveRoom, log_out::LogOut,
    shortcuts::Shortcuts, start_direct_chat::StartDirectChat,
};
use crate::{
    markup::{live, view},
    route::{Dialog, use_navigator},
    task::Task,
    ui::{Button, ButtonKind},
    wording::t,
};

/// The dialog of the route, if any.
#[component]
pub(super) fn Dialogs() -> impl IntoView {
    let route = use_navigator().route();
    let dialog = Memo::new(move |_| route.with(|route| route.dialog.clone()));
    live(move || {
        dialog.get().and_then(|dialog| {
            Some(match dialog {
                Dialog::CreateRoom => view! { <CreateRoom/> },
                Dialog::StartDirectChat => view! { <StartDirectChat/> },
                Dialog::JoinRoom => view! { <JoinRoom/> },
                Dialog::Invite(room_id) => view! { <InvitePeople room_id/> },
                Dialog::Leave(room_id) => view! { <LeaveRoom room_id/> },
                Dialog::Shortcuts => view! { <Shortcuts/> },
                Dialog::LogOut => view! { <LogOut/> },
                // The room shows its own pictures.
                Dialog::Image(_) => return None,
            })
        })
    })
}

/// Closes the dialog.
fn close() -> Callback<()> {
    let navigator = use_navigator();
    Callback::new(move |()| {
        navigator.close_layer();
    })
}

/// Cancel, and what the dialog is for.
#[component]
pub(super) fn Actions(
    /// What the dialog does.
    task: Task,
    /// The words on its button.
    #[prop(into)]
    submit: Signal<String>,
    /// It takes something away.
    #[prop(optional)]
    danger: bool,
    /// Cancel.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let kind = if danger { ButtonKind::Danger } else { ButtonKind::Primary };
    view! {
        <div class="dialog__actions">
            <Button testid="dialog-cancel" on_press=on_cancel>{t::action_cancel()}</Button>
            <Button kind submit=true busy=task.busy() testid="dialog-confirm">{move || submit.get()}</Button>
        </div>
    }
}
