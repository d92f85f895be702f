//! The page with made-up rooms and no core: to look at it, and to check it for accessibility.
//!
//! `?screen=login`, `?screen=register`, or the frame at any route; `?rooms=N` for the number of rooms, `?status=…` for the
//! state of synchronisation.

mod rooms;

use leptos::{mount::mount_to_body, prelude::*};
use ruma::{device_id, user_id};
use trellis::{
    app::provide_config,
    media::Media,
    platform::{build::Build, history},
    preferences::{Preferences, use_preferences},
    route::Navigator,
    session::{Restored, Session},
    state::{Link, State, apply::apply},
    ui::{ToastStack, Toasts},
    view::{login::Login, register::Register, shell::Shell},
};
use trellis_model::protocol::{AccountProfile, Command, Refusal, SubscriptionId, SyncStatus, Update};

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(Gallery);
}

#[component]
fn Gallery() -> impl IntoView {
    Preferences::provide();
    Toasts::provide();
    let state = State::new();
    provide_context(state);
    let restored = Restored { build: Build::of_page(), accounts: Vec::new(), account: None, record: None };
    let session = Session::provide(&restored, |_| {});
    Media::provide(session);
    provide_config();
    let navigator = Navigator::new(&history::fragment(), Box::new(history::Entries));
    provide_context(navigator);
    let listener = StoredValue::new_local(history::watch_fragment(move |fragment| navigator.arrive(&fragment)));
    on_cleanup(move || listener.dispose());

    let query = window().location().search().unwrap_or_default();
    let count = parameter(&query, "rooms").and_then(|count| count.parse().ok()).unwrap_or(60);
    state.connect(Fixtures { state, rooms: rooms::rooms(count), next: std::cell::Cell::new(1) });
    apply(state, Update::Status(status(parameter(&query, "status"))));
    apply(state, Update::Profile(profile()));
    let screen = parameter(&query, "screen").map(str::to_owned);
    move || {
        use_preferences().language().track();
        let screen = match screen.as_deref() {
            Some("login") => view! { <Login/> }.into_any(),
            Some("register") => view! { <Register/> }.into_any(),
            _ => view! { <Shell/> }.into_any(),
        };
        view! {
            {screen}
            <ToastStack/>
        }
    }
}

/// Answers what is watched, at once.
struct Fixtures {
    state: State,
    rooms: rooms::Rooms,
    next: std::cell::Cell<u32>,
}

impl Link for Fixtures {
    fn subscription(&self) -> SubscriptionId {
        self.next.set(self.next.get() + 1);
        SubscriptionId(self.next.get())
    }

    fn dispatch(&self, command: Command) {
        if let Command::WatchRooms { subscription, filter, start, end } = command {
            let (sections, window) = self.rooms.window(&filter, start, end);
            apply(self.state, Update::RoomList { subscription, sections, window });
        }
    }
}

fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let pairs = query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

fn status(name: Option<&str>) -> SyncStatus {
    match name {
        Some("starting") => SyncStatus::Starting,
        Some("cached") => SyncStatus::Cached,
        Some("syncing") => SyncStatus::Syncing,
        Some("offline") => SyncStatus::Offline { retry_in: Some(4000) },
        Some("error") => SyncStatus::Error(Refusal::CoreFailed),
        _ => SyncStatus::Live,
    }
}

fn profile() -> AccountProfile {
    AccountProfile {
        user_id: user_id!("@ann:example.org").to_owned(),
        device_id: device_id!("GALLERY").to_owned(),
        homeserver: "https://example.org".to_owned(),
        display_name: Some("Ann Gardener".to_owned()),
        avatar_url: None,
    }
}
