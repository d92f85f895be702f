//! The head of the room: what it is, who can join, and what can be done with it.

use leptos::prelude::*;
use trellis_model::protocol::{JoinRule, Membership};

use super::use_room;
use crate::{
    markup::{live, view},
    route::{Dialog, Panel, Place, Route},
    ui::{Icon, IconButton, IconView, Menu, MenuItem},
    view::people::RoomAvatar,
    wording::{roles::door, room_name, t},
};

/// The head of the room.
#[component]
pub(super) fn RoomHeader() -> impl IntoView {
    let room = use_room();
    let name = move || room.read(|room| room_name(&room.name)).unwrap_or_default();
    let topic =
        Memo::new(move |_| room.read(|room| room.topic.clone()).flatten().filter(|topic| !topic.trim().is_empty()));
    let back = move |()| room.navigator.go(Route::to(Place::Home));
    view! {
        <header class="room-header">
            <span class="room-header__back">
                <IconButton icon=Icon::ArrowLeft label=t::room_back() on_press=back/>
            </span>
            <RoomAvatar size=36/>
            <div class="room-header__words">
                <div class="room-header__title">
                    <h2 class="room-header__name" dir="auto">{name}</h2>
                    <Door/>
                </div>
                {move || topic.get().map(|topic| {
                    view! { <p class="room-header__topic" title=topic.clone() dir="auto">{topic.clone()}</p> }
                })}
            </div>
            <Actions/>
        </header>
    }
}

/// Who can join, and whether it is encrypted, as icons with words.
#[component]
fn Door() -> impl IntoView {
    let room = use_room();
    let facts = Memo::new(move |_| room.read(|room| (room.join_rule.clone(), room.is_encrypted, room.is_direct)));
    live(move || {
        facts.get().map(|(rule, encrypted, direct)| {
            let icon = if rule == JoinRule::Public { Icon::Globe } else { Icon::DoorOpen };
            let sign = |icon: Icon, words: String| {
                view! {
                    <span class="room-header__door" role="img" aria-label=words.clone() data-tooltip=words>
                        <IconView icon/>
                    </span>
                }
            };
            view! {
                {encrypted.then(|| sign(Icon::Lock, t::room_encrypted()))}
                {(!direct).then(|| sign(icon, door(&rule)))}
            }
        })
    })
}

#[component]
fn Actions() -> impl IntoView {
    let room = use_room();
    let route = room.navigator.route();
    let is_shown = Memo::new(move |_| route.with(|route| route.panel == Some(Panel::Members)));
    let toggle = move |()| room.navigator.show_panel((!is_shown.get_untracked()).then_some(Panel::Members));
    let may_invite = Memo::new(move |_| {
        room.read(|room| room.permissions.invite && room.membership == Membership::Join).unwrap_or_default()
    });
    let is_member = Memo::new(move |_| room.read(|room| room.membership == Membership::Join).unwrap_or_default());
    view! {
        <div class="room-header__actions">
            <IconButton
                icon=Icon::Users label=t::room_panel() shortcut="Ctrl+." pressed=Signal::from(is_shown) on_press=toggle
            />
            <Menu icon=Icon::EllipsisVertical label=t::room_menu()>
                <Show when=move || may_invite.get()>
                    <MenuItem icon=Icon::UserPlus on_press=move |()| room.navigator.open(Dialog::Invite(room.room_id()))>
                        {t::room_invite()}
                    </MenuItem>
                </Show>
                <MenuItem icon=Icon::Link on_press=move |()| room.copy_room_link()>{t::room_copy_link()}</MenuItem>
                <Show when=move || is_member.get()>
                    <MenuItem
                        icon=Icon::LogOut danger=true
                        on_press=move |()| room.navigator.open(Dialog::Leave(room.room_id()))
                    >
                        {t::room_leave()}
                    </MenuItem>
                </Show>
            </Menu>
        </div>
    }
}
