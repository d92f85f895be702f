//! The open room with invented messages, to look at while it is made: no core, no homeserver.

#[path = "room/fixtures.rs"]
mod fixtures;

use std::cell::Cell;

use leptos::{mount::mount_to_body, prelude::*, task::spawn_local};
use trellis::{
    media::Media,
    platform::{
        build::Build,
        history::{Entries, fragment, watch_fragment},
    },
    preferences::Preferences,
    route::Navigator,
    session::{Restored, Session},
    state::{Link, State, apply::apply},
    ui::{ToastStack, Toasts},
    view::shell::Shell,
};
use trellis_model::protocol::{Command, Edge, SubscriptionId, SyncStatus, Update, Window};

/// Answers what the page watches with fixtures.
struct Fixtures {
    state: State,
    next: Cell<u32>,
}

impl Link for Fixtures {
    fn subscription(&self) -> SubscriptionId {
        self.next.set(self.next.get() + 1);
        SubscriptionId(self.next.get())
    }

    fn dispatch(&self, command: Command) {
        if let Some(update) = answer(command) {
            let state = self.state;
            spawn_local(async move { apply(state, update) });
        }
    }
}

fn answer(command: Command) -> Option<Update> {
    match command {
        Command::WatchRooms { subscription, .. } => Some(Update::RoomList {
            subscription,
            sections: fixtures::sections(),
            window: window(fixtures::tiles(), |tile| tile.room_id.clone()),
        }),
        Command::WatchRoom { subscription, room_id } => {
            Some(Update::Room { subscription, details: fixtures::details(&room_id) })
        }
        Command::WatchTimeline { subscription, .. } => Some(Update::Timeline {
            subscription,
            window: window(fixtures::timeline(), |row| row.key.clone()),
            start: Edge::End,
            end: Edge::End,
        }),
        Command::WatchMembers { subscription, filter, .. } => Some(Update::Members {
            subscription,
            complete: true,
            window: window(fixtures::members(&filter), |member| member.user_id.clone()),
        }),
        _ => None,
    }
}

fn window<K, R>(rows: Vec<R>, key: impl Fn(&R) -> K) -> Window<K, R> {
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Window { total, start: 0, order: Some(rows.iter().map(key).collect()), rows }
}

#[component]
fn Gallery() -> impl IntoView {
    Preferences::provide();
    let state = State::new();
    provide_context(state);
    state.connect(Fixtures { state, next: Cell::new(0) });
    let restored = Restored { build: Build::of_page(), accounts: Vec::new(), account: None, record: None };
    let session = Session::provide(&restored, |_| {});
    Toasts::provide();
    Media::provide(session);
    let navigator = Navigator::new(&fragment(), Box::new(Entries));
    provide_context(navigator);
    let listener = StoredValue::new_local(watch_fragment(move |fragment| navigator.arrive(&fragment)));
    on_cleanup(move || listener.dispose());
    apply(state, Update::Profile(fixtures::profile()));
    apply(state, Update::Status(SyncStatus::Live));
    view! {
        <Shell/>
        <ToastStack/>
    }
}

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(Gallery);
}
