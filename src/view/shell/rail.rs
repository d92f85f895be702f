//! The rail at the edge: areas, new, and the person. On a narrow screen it is the bar at the bottom.

use leptos::prelude::*;

use crate::{
    markup::view,
    route::{Dialog, Place, Route, SettingsPage, use_navigator},
    state::use_state,
    ui::{Icon, IconView, Menu, MenuItem},
    view::entity_avatar::EntityAvatar,
    wording::{t, user_name},
};

/// The rail.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let route = use_navigator().route();
    let in_settings = Memo::new(move |_| route.with(|route| matches!(route.place, Place::Settings(_))));
    let rooms = Route::default().to_string();
    let settings = Route::to(Place::Settings(SettingsPage::Profile)).to_string();
    view! {
        <nav class="rail" aria-label=t::nav_label() data-testid="space-rail">
            <a
                class="rail__item" href=rooms data-tooltip=t::nav_rooms() data-tooltip-side="end"
                aria-current=move || (!in_settings.get()).then_some("page")
            >
                <IconView icon=Icon::MessageSquare/>
                <span class="rail__words">{t::nav_rooms()}</span>
            </a>
            <div class="rail__item rail__new">
                <NewMenu label=t::nav_start()/>
                <span class="rail__words" aria-hidden="true">{t::nav_new()}</span>
            </div>
            <a
                class="rail__item rail__you" href=settings data-tooltip=t::nav_settings() data-tooltip-side="end"
                data-testid="own-avatar"
                aria-current=move || in_settings.get().then_some("page")
            >
                <OwnAvatar/>
                <span class="rail__words">{t::nav_you()}</span>
            </a>
        </nav>
    }
}

/// What can be started anew.
#[component]
pub(in crate::view) fn NewMenu(
    /// What it is called.
    label: String,
    /// The name for tests.
    #[prop(default = "new-menu")]
    testid: &'static str,
) -> impl IntoView {
    let navigator = use_navigator();
    view! {
        <Menu icon=Icon::Plus label testid>
            <MenuItem icon=Icon::Plus on_press=move |()| navigator.open(Dialog::CreateRoom)>{t::home_create()}</MenuItem>
            <MenuItem icon=Icon::User on_press=move |()| navigator.open(Dialog::StartDirectChat)>{t::home_chat()}</MenuItem>
            <MenuItem icon=Icon::Hash on_press=move |()| navigator.open(Dialog::JoinRoom)>{t::home_join()}</MenuItem>
        </Menu>
    }
}

#[component]
fn OwnAvatar() -> impl IntoView {
    let profile = use_state().profile();
    let id = move || profile.with(|profile| profile.as_ref().map(|own| own.user_id.to_string()).unwrap_or_default());
    let name = move || {
        profile.with(|profile| {
            profile.as_ref().map(|own| user_name(own.display_name.as_deref(), &own.user_id)).unwrap_or_default()
        })
    };
    let url = move || profile.with(|profile| profile.as_ref().and_then(|own| own.avatar_url.clone()));
    view! {
        <EntityAvatar id=Signal::derive(id) name=Signal::derive(name) url=Signal::derive(url) size=32/>
    }
}
