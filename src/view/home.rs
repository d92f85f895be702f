//! What stands beside the list when no room is open, or when the address leads nowhere.

use leptos::prelude::*;

use crate::{
    markup::view,
    route::{Dialog, Route, use_navigator},
    ui::{Button, ButtonKind, Icon, IconView},
    wording::t,
};

/// No room is open.
#[component]
pub(super) fn Home() -> impl IntoView {
    let navigator = use_navigator();
    let open = move |dialog: Dialog| move |()| navigator.open(dialog.clone());
    view! {
        <section class="home">
            <span class="home__icon"><IconView icon=Icon::MessageSquare/></span>
            <h2 class="home__title">{t::home_title()}</h2>
            <p class="home__words">{t::home_words()}</p>
            <div class="home__actions">
                <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=open(Dialog::CreateRoom)>
                    {t::home_create()}
                </Button>
                <Button icon=Icon::User on_press=open(Dialog::StartDirectChat)>{t::home_chat()}</Button>
                <Button icon=Icon::Hash on_press=open(Dialog::JoinRoom)>{t::home_join()}</Button>
            </div>
        </section>
    }
}

/// The address leads nowhere.
#[component]
pub(super) fn NothingHere() -> impl IntoView {
    view! {
        <section class="home">
            <span class="home__icon"><IconView icon=Icon::Compass/></span>
            <h2 class="home__title">{t::unknown_title()}</h2>
            <p class="home__words">{t::unknown_words()}</p>
            <a class="button" data-kind="secondary" href=Route::default().to_string()>{t::unknown_home()}</a>
        </section>
    }
}
