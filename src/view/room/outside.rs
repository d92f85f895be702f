//! A room the person is not in: an invite, a request to join, or an address nobody here knows.

use leptos::prelude::*;
use ruma::OwnedRoomOrAliasId;
use trellis_model::protocol::{Command, Refusal, Reply};

use super::use_room;
use crate::{
    markup::view,
    route::{Place, Route, use_navigator},
    session::use_session,
    task::Tasks,
    ui::{Button, ButtonKind, use_toasts},
    view::people::RoomAvatar,
    wording::{explain, room_name, t},
};

/// An invite: who, where, and the two answers.
#[component]
pub(super) fn Invite() -> impl IntoView {
    let room = use_room();
    let (accept, decline) = (
        move |()| room.submit(Command::Join { room: room.room_id().into(), via: Vec::new() }),
        move |()| {
            room.submit(Command::Leave { room_id: room.room_id() });
            room.navigator.go(Route::to(Place::Home));
        },
    );
    let title = move || {
        room.read(|room| {
            let name = room_name(&room.name);
            if room.is_direct { t::invite_direct(name) } else { t::invite_title(name) }
        })
    };
    let inviter =
        move || room.read(|room| room.inviter.clone()).flatten().map(|inviter| t::invite_by(inviter.as_str()));
    view! {
        <section class="room-notice">
            <RoomAvatar size=72/>
            <h2 class="room-notice__title" dir="auto">{title}</h2>
            <p class="room-notice__words">{inviter}</p>
            <p class="room-notice__words">{t::invite_words()}</p>
            <div class="room-notice__actions">
                <Button kind=ButtonKind::Primary busy=room.is_busy() on_press=accept>{t::invite_accept()}</Button>
                <Button on_press=decline>{t::invite_decline()}</Button>
            </div>
            <BackToList/>
        </section>
    }
}

/// The way back where one pane is shown at a time.
#[component]
fn BackToList() -> impl IntoView {
    let navigator = use_navigator();
    let back = move |()| navigator.go(Route::to(Place::Home));
    view! {
        <div class="room-notice__back"><Button kind=ButtonKind::Quiet on_press=back>{t::room_back()}</Button></div>
    }
}

/// A request to join that waits.
#[component]
pub(super) fn Knock() -> impl IntoView {
    let room = use_room();
    let withdraw = move |()| {
        room.submit(Command::Leave { room_id: room.room_id() });
        room.navigator.go(Route::to(Place::Home));
    };
    view! {
        <section class="room-notice">
            <RoomAvatar size=72/>
            <h2 class="room-notice__title" dir="auto">
                {move || room.read(|room| t::room_knocking(room_name(&room.name)))}
            </h2>
            <p class="room-notice__words">{t::room_knocking_words()}</p>
            <div class="room-notice__actions"><Button on_press=withdraw>{t::room_knock_withdraw()}</Button></div>
            <BackToList/>
        </section>
    }
}

/// A room the account does not have: it may be joined.
#[component]
pub(super) fn Missing(
    /// Its address.
    room: OwnedRoomOrAliasId,
    /// Why it was not found.
    refusal: Option<Refusal>,
) -> impl IntoView {
    let (session, navigator, toasts) = (use_session(), use_navigator(), use_toasts());
    let address = room.to_string();
    let joins = Tasks::new();
    let join = move |()| {
        let via = navigator.route().with_untracked(|route| route.via.clone());
        joins.run(session.send(Command::Join { room: room.clone(), via }), move |answer| match answer {
            Ok(Reply::Room { room_id }) => navigator.replace(Route::room(room_id)),
            Ok(_) => {}
            Err(refusal) => toasts.explain(explain(&refusal)),
        });
    };
    let words = refusal.map_or_else(t::room_missing_words, |refusal| explain(&refusal).text);
    view! {
        <section class="room-notice">
            <h2 class="room-notice__title">{t::room_missing()}</h2>
            <p class="room-notice__words" dir="ltr">{address}</p>
            <p class="room-notice__words">{words}</p>
            <div class="room-notice__actions">
                <Button kind=ButtonKind::Primary busy=joins.busy() on_press=join>
                    {t::room_join()}
                </Button>
                <Button on_press=move |()| navigator.go(Route::to(Place::Home))>{t::room_back()}</Button>
            </div>
        </section>
    }
}
