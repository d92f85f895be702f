//! The frame around everything: the rail, the room list, the place, and the layers above.

mod keys;
mod rail;
mod sign_in_again;
mod title;
mod update_offer;

use leptos::prelude::*;
use ruma::OwnedUserId;

pub(super) use self::rail::NewMenu;
use self::{rail::Rail, sign_in_again::SignInAgain, update_offer::UpdateOffer};
use super::{
    dialogs::Dialogs,
    home::{Home, NothingHere},
    person::Person,
    room::RoomView,
    room_list::RoomListPane,
    settings::Settings,
};
use crate::{
    markup::view,
    platform::dom,
    route::{Place, SettingsPage, use_navigator},
    state::use_state,
    wording::t,
};

/// How many tiles are watched before the list says what it shows.
const FIRST_TILES: u32 = 40;

/// The frame.
#[component]
pub fn Shell() -> impl IntoView {
    let route = use_navigator().route();
    let list = use_state().watch_rooms(FIRST_TILES);
    keys::listen(list.clone());
    title::keep(list.clone());

    // On a narrow screen one pane is shown, by route.
    let pane = Memo::new(move |_| if route.with(|route| route.place == Place::Home) { "list" } else { "place" });
    let place = Memo::new(move |_| route.with(|route| View::of(&route.place)));
    // What had the focus may be gone with the view it was in, or hidden with its pane.
    Effect::new(move || {
        place.track();
        let selector = if pane.get() == "list" { ".room-list" } else { ".shell__place" };
        request_animation_frame(move || dom::rescue_focus(selector));
    });
    view! {
        <div
            class="shell"
            data-pane=move || pane.get()
            data-room=move || (place.get() == View::Room).then_some("")
        >
            <Rail/>
            <main class="shell__main">
                <h1 class="visually-hidden">{t::app_name()}</h1>
                <RoomListPane list=list.clone()/>
                <section class="shell__place" tabindex="-1" data-region="">
                {move || match place.get() {
                    View::Home => view! { <Home/> },
                    View::Room => view! { <RoomView/> },
                    View::Settings(page) => view! { <Settings page/> },
                    View::Person(user_id) => view! { <Person user_id/> },
                    View::Nothing => view! { <NothingHere/> },
                }}
                </section>
            </main>
        </div>
        <Dialogs/>
        <SignInAgain/>
        <UpdateOffer/>
    }
}

/// Which view a place has, without what the view reads of the route itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum View {
    Home,
    Room,
    Settings(SettingsPage),
    Person(OwnedUserId),
    Nothing,
}

impl View {
    fn of(place: &Place) -> Self {
        match place {
            Place::Home | Place::Login | Place::Register => Self::Home,
            Place::Room { .. } => Self::Room,
            Place::Settings(page) => Self::Settings(*page),
            Place::User(user_id) => Self::Person(user_id.clone()),
            Place::Space(_) | Place::Explore | Place::Unknown(_) => Self::Nothing,
        }
    }
}
