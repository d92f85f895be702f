//! Signing out other devices, with the password.

use std::collections::BTreeSet;

use leptos::{ev, prelude::*};
use ruma::OwnedDeviceId;
use trellis_model::protocol::Command;

use crate::{
    markup::view,
    session::use_session,
    task::Task,
    ui::{Dialog, TextField, use_toasts},
    view::{dialogs::Actions, sign_in::Refused},
    wording::t,
};

/// Asks for the password.
#[component]
pub(super) fn SignOut(
    selected: RwSignal<BTreeSet<OwnedDeviceId>>,
    #[prop(into)] on_close: Callback<()>,
    on_done: Callback<()>,
) -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let password = RwSignal::new(String::new());
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let device_ids: Vec<_> = selected.get_untracked().into_iter().collect();
        let count = device_ids.len();
        let answer = session.send(Command::SignOutDevices { device_ids, password: password.get_untracked() });
        task.run(answer, move |_| {
            toasts.show(t::devices_signed_out(count));
            on_close.run(());
            on_done.run(());
        });
    };
    view! {
        <Dialog title=t::devices_sign_out_title() on_close>
            <form class="dialog__form" on:submit=submit>
                <p>{t::devices_sign_out_words()}</p>
                <TextField
                    label=t::login_password() value=password kind="password" autocomplete="current-password"
                    required=true autofocus=true
                />
                <Refused task/>
                <Actions task submit=t::devices_sign_out(selected.with_untracked(BTreeSet::len)) danger=true on_cancel=on_close/>
            </form>
        </Dialog>
    }
}
