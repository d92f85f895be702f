//! One room in the list: one link, and a menu that appears when it is pointed at.

use leptos::{ev, prelude::*};
use ruma::OwnedRoomId;
use trellis_model::protocol::{RoomTile, Section};

use super::{invite_actions::InviteActions, preview};
use crate::{
    markup::{live, view},
    platform::{dom, fetch},
    route::{Dialog, Route, use_navigator},
    task::afterwards,
    ui::{Icon, IconView, Menu, MenuItem, use_toasts},
    view::entity_avatar::EntityAvatar,
    wording::{dates, room_name, t},
};

/// One room.
#[component]
pub(super) fn Tile(
    room_id: OwnedRoomId,
    /// What is known of it.
    tile: RwSignal<RoomTile>,
    /// The room that is shown.
    open: Memo<Option<OwnedRoomId>>,
    /// Its place in the tab order.
    tabindex: Signal<i32>,
) -> impl IntoView {
    let name = Memo::new(move |_| tile.with(|tile| room_name(&tile.name)));
    let is_invite = Memo::new(move |_| tile.with(|tile| tile.section == Section::Invites));
    let unread = Memo::new(move |_| tile.with(|tile| tile.is_unread || tile.unread_count > 0));
    let menu = RwSignal::new(false);
    let current = {
        let room_id = room_id.clone();
        move || open.with(|open| open.as_ref() == Some(&room_id)).then_some("page")
    };
    let context_menu = move |event: ev::MouseEvent| {
        event.prevent_default();
        menu.set(true);
    };
    let actions = {
        let room_id = room_id.clone();
        move || match is_invite.get() {
            true => view! { <InviteActions room_id=room_id.clone() name/> },
            false => view! { <TileMenu room_id=room_id.clone() name open=menu/> },
        }
    };
    view! {
        <div class="room-tile" data-invite=move || is_invite.get().then_some("")>
            <a
                class="room-tile__link" href=Route::room(room_id.clone()).to_string() data-rove=""
                tabindex=move || tabindex.get()
                data-testid="room-tile"
                data-room-id=room_id.to_string()
                data-unread=move || unread.get().to_string()
                data-highlight=move || tile.with(|tile| tile.highlight_count > 0).to_string()
                aria-current=current
                on:contextmenu=context_menu
            >
                <EntityAvatar
                    id=room_id.to_string() name url=Signal::derive(move || tile.with(|tile| tile.avatar_url.clone()))
                    square=Signal::derive(move || tile.with(|tile| !tile.is_direct))
                />
                <span class="room-tile__name" dir="auto">{move || name.get()}</span>
                <Time tile/>
                <Second tile/>
                <Badge tile/>
            </a>
            {actions}
        </div>
    }
}

#[component]
fn Time(tile: RwSignal<RoomTile>) -> impl IntoView {
    let activity = Memo::new(move |_| tile.with(|tile| tile.activity));
    let words = move || Some(activity.get()).filter(|time| *time > 0).map(dates::short);
    view! { <span class="room-tile__time">{words}</span> }
}

#[component]
fn Second(tile: RwSignal<RoomTile>) -> impl IntoView {
    let line = Memo::new(move |_| tile.with(preview::line));
    let is_typing = Memo::new(move |_| tile.with(|tile| !tile.typing.is_empty()));
    let unsent = Memo::new(move |_| tile.with(|tile| tile.unsent));
    let waits = move || {
        let count = unsent.get();
        (count > 0).then(|| {
            view! {
                <span class="room-tile__unsent">
                    <IconView icon=Icon::Clock/>
                    <span class="visually-hidden">{t::tile_unsent(count)}</span>
                </span>
            }
        })
    };
    view! {
        <span class="room-tile__line" dir="auto" data-typing=move || is_typing.get().then_some("")>
            {waits} {move || line.get()}
        </span>
    }
}

#[component]
fn Badge(tile: RwSignal<RoomTile>) -> impl IntoView {
    let counts = Memo::new(move |_| tile.with(|tile| (tile.highlight_count, tile.unread_count, tile.is_unread)));
    live(move || match counts.get() {
        (0, 0, false) => None,
        (0, 0, true) => Some(badge("dot", String::new(), t::tile_unread())),
        (0, count, _) => Some(badge("count", short(count), t::unread_count(count))),
        (mentions, _, _) => Some(badge("mention", format!("@{}", short(mentions)), t::tile_mentions(mentions))),
    })
}

fn badge(kind: &'static str, shown: String, said: String) -> AnyView {
    view! {
        <span class="badge" data-kind=kind>
            <span aria-hidden="true">{shown}</span>
            <span class="visually-hidden">{said}</span>
        </span>
    }
}

fn short(count: u64) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}

#[component]
fn TileMenu(room_id: OwnedRoomId, #[prop(into)] name: Signal<String>, open: RwSignal<bool>) -> impl IntoView {
    let (navigator, toasts) = (use_navigator(), use_toasts());
    let room_id = StoredValue::new(room_id);
    let copy = move |()| {
        let link = fetch::link(&Route::room(room_id.get_value()).to_string());
        afterwards(async move { dom::copy_text(&link).await }, move |copied| {
            if copied {
                toasts.show(t::room_link_copied());
            }
        });
    };
    view! {
        <span class="room-tile__menu">
            <Menu
                icon=Icon::Ellipsis label=Signal::derive(move || t::tile_menu(name.get())) open
                tabindex=Signal::stored(-1) testid="tile-menu"
            >
                <MenuItem icon=Icon::Link on_press=copy>{t::tile_copy_link()}</MenuItem>
                <MenuItem icon=Icon::UserPlus on_press=move |()| navigator.open(Dialog::Invite(room_id.get_value()))>
                    {t::tile_invite()}
                </MenuItem>
                <MenuItem
                    icon=Icon::LogOut danger=true
                    on_press=move |()| navigator.open(Dialog::Leave(room_id.get_value()))
                >
                    {t::tile_leave()}
                </MenuItem>
            </Menu>
        </span>
    }
}
