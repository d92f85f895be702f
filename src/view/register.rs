//! Creating an account, with a registration token where the homeserver asks for one.

use leptos::{ev, prelude::*};
use trellis_model::protocol::{Command, Refusal, RegistrationSupport};

use super::{
    login::discover,
    sign_in::{Homeserver, HomeserverField, PasswordField, Refused, SignInCard},
};
use crate::{
    markup::view,
    route::{Place, Route, use_navigator},
    session::{Session, use_session},
    task::Task,
    ui::{Button, ButtonKind, TextField},
    wording::t,
};

/// The registration screen.
#[component]
pub fn Register() -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let homeserver = Homeserver::new();
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let token = RwSignal::new(String::new());
    let asks_token = RwSignal::new(false);
    let task = Task::new();
    Effect::new(move || {
        let asked = |refusal: &Option<Refusal>| {
            matches!(refusal, Some(Refusal::RegistrationTokenRequired | Refusal::RegistrationTokenWrong))
        };
        if task.refusal().with(asked) {
            asks_token.set(true);
        }
    });

    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let form = Form {
            homeserver: homeserver.address(),
            username: username.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            token: Some(token.get_untracked().trim().to_owned()).filter(|token| !token.is_empty()),
        };
        task.run(register(session, form), move |()| navigator.replace(Route::default()));
    };
    let token_field = move || {
        asks_token.get().then(|| {
            view! {
                <TextField
                    label=t::register_token() value=token testid="register-token" autofocus=true required=true
                    hint=Signal::stored(Some(t::register_token_hint()))
                />
            }
        })
    };
    view! {
        <SignInCard title=t::register_title() intro=t::register_intro()>
            <form class="sign-in__form" on:submit=submit>
                <HomeserverField homeserver/>
                <TextField
                    label=t::register_username() value=username name="username" autocomplete="username" required=true
                    autofocus=true testid="register-username" hint=Signal::stored(Some(t::register_username_hint()))
                />
                <PasswordField
                    label=t::register_password() value=password autocomplete="new-password" testid="register-password"
                />
                {token_field}
                <Refused task/>
                <Button kind=ButtonKind::Primary submit=true busy=task.busy() testid="register-submit">
                    {t::register_submit()}
                </Button>
            </form>
            <p class="sign-in__other">
                {t::register_have_account()} " "
                <a href=Route::to(Place::Login).to_string()>{t::register_to_login()}</a>
            </p>
        </SignInCard>
    }
}

struct Form {
    homeserver: String,
    username: String,
    password: String,
    token: Option<String>,
}

async fn register(session: Session, form: Form) -> Result<(), Refusal> {
    let info = discover(session, form.homeserver).await?;
    match info.registration {
        RegistrationSupport::Closed => return Err(Refusal::RegistrationClosed),
        RegistrationSupport::RegistrationToken if form.token.is_none() => {
            return Err(Refusal::RegistrationTokenRequired);
        }
        // A homeserver may still have a way for this client; it says so itself.
        RegistrationSupport::Open | RegistrationSupport::RegistrationToken | RegistrationSupport::Unsupported => {}
    }
    let command = Command::Register {
        homeserver: info.base_url,
        username: form.username,
        password: form.password,
        registration_token: form.token,
        device_name: t::device_name(),
    };
    session.send(command).await.map(drop)
}
