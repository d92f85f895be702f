//! What the log-in and the registration screen share: the card, the homeserver field, the password field.

use leptos::prelude::*;

use crate::{
    app::use_config,
    config::Config,
    markup::{live, view},
    platform::fetch,
    task::Task,
    ui::{Icon, IconButton, Notice, TextField},
    wording::{explain, t},
};

/// The card in the middle of the page.
#[component]
pub(super) fn SignInCard(
    /// What this is.
    title: String,
    /// One sentence below it.
    intro: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    let config = use_config();
    let brand = move || config.get().and_then(|config| config.brand.name).unwrap_or_else(t::app_name);
    view! {
        <main class="sign-in">
            <div class="sign-in__card">
                <p class="sign-in__brand">{brand}</p>
                <h1 class="sign-in__title">{title}</h1>
                <p class="sign-in__intro">{intro}</p>
                {children()}
            </div>
        </main>
    }
}

/// The homeserver's address: what the host decided, until the person types another.
#[derive(Clone, Copy)]
pub(super) struct Homeserver {
    typed: RwSignal<String>,
    touched: RwSignal<bool>,
    config: Signal<Option<Config>>,
}

impl Homeserver {
    pub(super) fn new() -> Self {
        let config = use_config();
        let homeserver = Self { typed: RwSignal::new(fetch::origin()), touched: RwSignal::new(false), config };
        // The file of the host comes after the first paint; what is typed meanwhile stays.
        Effect::new(move || {
            if let Some(config) = config.get()
                && !homeserver.touched.get_untracked()
                && homeserver.typed.with_untracked(|typed| *typed == fetch::origin())
            {
                homeserver.typed.set(config.homeserver());
            }
        });
        homeserver
    }

    /// What to ask discovery for.
    pub(super) fn address(self) -> String {
        match self.typed.with_untracked(|typed| typed.trim().to_owned()) {
            empty if empty.is_empty() => fetch::origin(),
            typed => typed,
        }
    }

    fn is_locked(self) -> bool {
        self.config.with(|config| config.as_ref().is_some_and(|config| !config.allow_other_homeservers))
    }
}

/// The homeserver field.
#[component]
pub(super) fn HomeserverField(homeserver: Homeserver) -> impl IntoView {
    view! {
        <TextField
            label=t::login_homeserver() value=homeserver.typed name="homeserver" kind="text" testid="login-homeserver"
            hint=Signal::stored(Some(t::login_homeserver_hint()))
            disabled=Signal::derive(move || homeserver.is_locked())
            on_change=move |()| homeserver.touched.set(true)
        />
    }
}

/// A password, which can be shown.
#[component]
pub(super) fn PasswordField(
    /// Its name.
    label: String,
    /// What is typed.
    value: RwSignal<String>,
    /// For password managers: `current-password` or `new-password`.
    autocomplete: &'static str,
    /// The name for tests.
    testid: &'static str,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let toggle = move |()| shown.update(|shown| *shown = !*shown);
    view! {
        <div class="password-field">
            <TextField
                label value name="password" autocomplete testid required=true
                kind=Signal::derive(move || if shown.get() { "text" } else { "password" })
            />
            <IconButton
                icon=Signal::derive(move || if shown.get() { Icon::EyeOff } else { Icon::Eye })
                label=Signal::derive(move || if shown.get() { t::login_hide_password() } else { t::login_show_password() })
                on_press=toggle
            />
        </div>
    }
}

/// Why it was refused, if it was.
#[component]
pub(crate) fn Refused(
    /// What was tried.
    task: Task,
) -> impl IntoView {
    live(move || task.refusal().get().map(|refusal| view! { <Notice explanation=explain(&refusal)/> }))
}
