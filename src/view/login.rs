//! Logging in. The form works before any core is loaded; the first submit starts it.

use leptos::{ev, prelude::*};
use ruma::UserId;
use trellis_model::protocol::{Command, HomeserverInfo, Refusal, Reply, SessionEnd};

use super::sign_in::{Homeserver, HomeserverField, PasswordField, Refused, SignInCard};
use crate::{
    markup::view,
    route::{Place, Route, use_navigator},
    session::{Session, use_session},
    state::use_state,
    task::Task,
    ui::{Button, ButtonKind, Notice, NoticeKind, TextField},
    wording::{Explanation, t},
};

/// The log-in screen.
#[component]
pub fn Login() -> impl IntoView {
    let (session, navigator, state) = (use_session(), use_navigator(), use_state());
    let homeserver = Homeserver::new();
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let task = Task::new();
    let unsupported = RwSignal::new(false);

    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        unsupported.set(false);
        let user = username.get_untracked().trim().to_owned();
        let address = homeserver_of(&user).unwrap_or_else(|| homeserver.address());
        task.run(log_in(session, address, user, password.get_untracked()), move |outcome| match outcome {
            Outcome::SignedIn => navigator.replace(Route::default()),
            Outcome::NoPassword => unsupported.set(true),
        });
    };
    let ended = move || {
        let ended = state.signed_out().get() == Some(SessionEnd::Fully) && task.refusal().with(Option::is_none);
        let explanation = Explanation { text: t::login_ended(), details: None };
        ended.then(|| view! { <Notice kind=NoticeKind::Info explanation/> })
    };
    let no_password = move || {
        let explanation = Explanation { text: t::login_no_password(), details: None };
        unsupported.get().then(|| view! { <Notice explanation/> })
    };
    view! {
        <SignInCard title=t::login_title() intro=t::login_intro()>
            <form class="sign-in__form" on:submit=submit>
                {ended}
                <HomeserverField homeserver/>
                <TextField
                    label=t::login_username() value=username name="username" autocomplete="username" required=true
                    autofocus=true testid="login-username"
                />
                <PasswordField
                    label=t::login_password() value=password autocomplete="current-password" testid="login-password"
                />
                <Refused task/>
                {no_password}
                <Button kind=ButtonKind::Primary submit=true busy=task.busy() testid="login-submit">
                    {move || if task.busy().get() { t::login_waiting() } else { t::login_submit() }}
                </Button>
            </form>
            <p class="sign-in__other">
                {t::login_no_account()} " "
                <a href=Route::to(Place::Register).to_string()>{t::login_to_register()}</a>
            </p>
        </SignInCard>
    }
}

enum Outcome {
    SignedIn,
    NoPassword,
}

/// Discovery first, so that what is wrong with the address is told apart from what is wrong with the password.
async fn log_in(session: Session, address: String, user: String, password: String) -> Result<Outcome, Refusal> {
    let HomeserverInfo { base_url, login, .. } = discover(session, address).await?;
    if !login.password {
        return Ok(Outcome::NoPassword);
    }
    let command = Command::LogIn { homeserver: base_url, user, password, device_name: t::device_name() };
    session.send(command).await.map(|_| Outcome::SignedIn)
}

/// Finds the homeserver behind what was typed.
pub(super) async fn discover(session: Session, input: String) -> Result<HomeserverInfo, Refusal> {
    match session.send(Command::Discover { input }).await? {
        Reply::Homeserver(info) => Ok(info),
        _ => Err(Refusal::CoreFailed),
    }
}

/// The homeserver that a whole user ID names.
fn homeserver_of(user: &str) -> Option<String> {
    UserId::parse(user).ok().map(|user_id| user_id.server_name().as_str().to_owned())
}
