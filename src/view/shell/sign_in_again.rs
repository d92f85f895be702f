//! The homeserver wants to know that it is still the same person: the password once more, above everything.

use leptos::{ev, prelude::*};
use trellis_model::protocol::{Command, SessionEnd};

use crate::{
    markup::{live, view},
    route::{Dialog as Layer, use_navigator},
    session::use_session,
    state::use_state,
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
    let asked = Memo::new(move |_| {
        signed_out.get().filter(|end| matches!(end, SessionEnd::Softly | SessionEnd::DeviceLost) && !later.get())
    });
    live(move || asked.get().map(|end| view! { <Form end later/> }))
}

#[component]
fn Form(
    /// Why the session must be continued.
    end: SessionEnd,
    /// Set when the person puts it off.
    later: RwSignal<bool>,
) -> impl IntoView {
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
                <p>{if end == SessionEnd::DeviceLost { t::again_device_lost() } else { t::again_words() }}</p>
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
