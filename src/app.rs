//! The application: provides what every view finds by `use_…`, and shows the screen that fits the account and the route.

use leptos::prelude::*;
use trellis_model::protocol::{Command, SubscriptionId};

use crate::{
    config::Config,
    markup::{live, view},
    platform::{
        dom,
        history::{Entries, fragment, watch_fragment},
    },
    preferences::Preferences,
    route::{Navigator, Place, Route},
    session::{Restored, Session, use_session},
    state::{Link, State, apply::apply},
    task::afterwards,
    ui::{ToastStack, Toasts},
    view::{login::Login, register::Register, shell::Shell},
    wording::t,
};

/// The application.
#[component]
pub fn App(
    /// What was found before any core runs.
    restored: Restored,
) -> impl IntoView {
    let preferences = Preferences::provide();
    let state = State::new();
    provide_context(state);
    if let Some(record) = restored.record.clone() {
        state.boot(record);
    }
    let session = Session::provide(&restored, move |update| apply(state, update));
    state.connect(session);
    Toasts::provide();
    crate::media::Media::provide(session);

    let navigator = Navigator::new(&fragment(), Box::new(Entries));
    provide_context(navigator);
    let listener = StoredValue::new_local(watch_fragment(move |fragment| navigator.arrive(&fragment)));
    on_cleanup(move || listener.dispose());
    provide_config();

    // What speaks another language is another page.
    live(move || {
        preferences.language().track();
        view! {
            <Screen/>
            <ToastStack/>
        }
    })
}

/// What the host decides; `None` while it is loaded.
#[derive(Clone, Copy)]
struct HostConfig(RwSignal<Option<Config>>);

/// Loads what the host decides and provides it as context.
pub fn provide_config() {
    let config = HostConfig(RwSignal::new(None));
    provide_context(config);
    afterwards(Config::load(), move |loaded| config.0.set(Some(loaded)));
    Effect::new(move || {
        if let Some(hue) = config.0.get().and_then(|config| config.theme.hue) {
            dom::set_root_property("--hue", &(hue.round() as i32).to_string());
        }
    });
}

/// The configuration of the host, once it is there.
pub fn use_config() -> Signal<Option<Config>> {
    let HostConfig(config) = use_context().expect("the application provides the configuration before any view");
    config.into()
}

impl Link for Session {
    fn subscription(&self) -> SubscriptionId {
        Session::subscription(*self)
    }

    fn dispatch(&self, command: Command) {
        Session::dispatch(*self, command);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Login,
    Register,
    Shell,
}

#[component]
fn Screen() -> impl IntoView {
    let (session, navigator) = (use_session(), crate::route::use_navigator());
    let route = navigator.route();
    let shown = Memo::new(move |_| {
        let signed_in = session.account().with(Option::is_some);
        match route.with(|route| route.place.clone()) {
            _ if signed_in => Shown::Shell,
            Place::Register => Shown::Register,
            _ => Shown::Login,
        }
    });
    // Whoever is signed in has no business on the log-in screen.
    Effect::new(move || {
        let outside = route.with(|route| matches!(route.place, Place::Login | Place::Register));
        if outside && session.account().with(Option::is_some) {
            navigator.replace(Route::default());
        }
    });
    Effect::new(move || {
        if shown.get() != Shown::Shell {
            dom::set_title(&t::app_name());
        }
    });
    live(move || match shown.get() {
        Shown::Login => view! { <Login/> },
        Shown::Register => view! { <Register/> },
        Shown::Shell => {
            // Another account is another page.
            session.account().track();
            view! { <Shell/> }
        }
    })
}
