//! The head of the room list: what it shows, how current it is, search, filters, new.

use leptos::{ev, html, prelude::*};
use trellis_model::protocol::RoomListFilter;

use super::sync_status::SyncMark;
use crate::{
    markup::view,
    platform::dom,
    ui::{Icon, IconButton, IconView},
    view::shell::NewMenu,
    wording::t,
};

/// The head of the list.
#[component]
pub(super) fn Header(filter: RwSignal<RoomListFilter>) -> impl IntoView {
    view! {
        <header class="room-list__header">
            <div class="room-list__title">
                <h2>{t::list_title()}</h2>
                <SyncMark/>
                <NewMenu label=t::list_new() testid="new-room-menu"/>
            </div>
            <Search filter/>
            <Filters filter/>
        </header>
    }
}

#[component]
fn Search(filter: RwSignal<RoomListFilter>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let text = Memo::new(move |_| filter.with(|filter| filter.text.clone()));
    let set = move |text: String| filter.update(|filter| filter.text = text);
    let clear = move |()| {
        set(String::new());
        if let Some(input) = input.get_untracked() {
            dom::focus(&input);
        }
    };
    let keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if !text.with_untracked(String::is_empty) => {
            event.prevent_default();
            event.stop_propagation();
            set(String::new());
        }
        "Enter" => {
            event.prevent_default();
            dom::press_found("[data-testid=room-list] [data-index='0'] [data-rove]");
        }
        "ArrowDown" => {
            event.prevent_default();
            dom::focus_found("[data-testid=room-list] [data-rove]");
        }
        _ => {}
    };
    view! {
        <div class="search" role="search">
            <IconView icon=Icon::Search/>
            <input
                class="search__input" type="search" node_ref=input data-testid="room-search" autocomplete="off"
                aria-label=t::list_search() placeholder=t::list_search() spellcheck="false"
                aria-keyshortcuts="Control+K"
                prop:value=move || text.get()
                on:input:target=move |event| set(event.target().value())
                on:keydown=keydown
            />
            <Show when=move || !text.with(String::is_empty) fallback=|| view! { <kbd class="search__key">"Ctrl K"</kbd> }>
                <IconButton icon=Icon::X label=t::list_search_clear() on_press=clear/>
            </Show>
        </div>
    }
}

#[component]
fn Filters(filter: RwSignal<RoomListFilter>) -> impl IntoView {
    let unread_only = Memo::new(move |_| filter.with(|filter| filter.unread_only));
    let chip = move |label: String, value: bool| {
        view! {
            <button
                type="button" class="chip"
                aria-pressed=move || (unread_only.get() == value).to_string()
                on:click=move |_| filter.update(|filter| filter.unread_only = value)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="room-list__filters" role="group" aria-label=t::list_filters()>
            {chip(t::list_all(), false)}
            {chip(t::list_unread(), true)}
        </div>
    }
}
