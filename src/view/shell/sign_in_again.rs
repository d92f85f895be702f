//! The homeserver wants to know that it is still the same person: the password once more, above everything.

use leptos::{ev, prelude::*};
use trellis_model::protocol::Command;

use crate::{
    markup::view,
    route::{Dialog as Layer, use_navigator},
    session::use_session,
    state::{SignedOut, use_state},
    task::Task,
    ui::{Button, ButtonKind, Dialog, TextField},
    view::sign_in::Refused,
    wording::t,
};

/// Asks for the password after a soft log-out.
#[component]
pub(super) fn SignInAgain() -> impl IntoView {
    let signed_out = use_state().signed_out();
    let later = RwSignal::new(false);
    Effect::new(move || {
        signed_out.track();
        later.set(false);
    });
    let asked = move || signed_out.get() == Some(SignedOut::Softly) && !later.get();
    view! { <Show when=asked><Form later/></Show> }
}

#[component]
fn Form(later: RwSignal<bool>) -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let password = RwSignal::new(String::new());
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let answer = session.send(Command::LogInAgain { password: password.get_untracked() });
        task.run(answer, move |_| later.set(true));
    };
    view! {
        <Dialog title=t::again_title() on_close=move |()| later.set(true)>
            <form class="dialog__form" on:submit=submit>
                <p>{t::again_words()}</p>
                <TextField
                    label=t::login_password() value=password kind="password" autocomplete="current-password"
                    required=true autofocus=true testid="login-password"
                />
                <Refused task/>
                <div class="dialog__actions">
                    <Button on_press=move |()| navigator.open(Layer::LogOut)>{t::settings_log_out()}</Button>
                    <Button kind=ButtonKind::Primary submit=true busy=task.busy() testid="dialog-confirm">
                        {t::login_submit()}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
