//! What stands at the beginning of a room.

use leptos::prelude::*;

use super::use_room;
use crate::{
    markup::{live, view},
    route::Dialog,
    ui::Button,
    view::people::RoomAvatar,
    wording::{room_name, t},
};

/// The beginning of the room: what it is, and whom to invite.
#[component]
pub(crate) fn RoomIntro() -> impl IntoView {
    let room = use_room();
    let facts = Memo::new(move |_| {
        room.read(|room| {
            let is_alone = room.joined_members + room.invited_members <= 1;
            (room_name(&room.name), room.is_direct, room.topic.clone(), is_alone, room.permissions.invite)
        })
    });
    live(move || {
        facts.get().map(|(name, direct, topic, alone, may_invite)| {
            let words = if direct { t::intro_direct(name.as_str()) } else { t::intro_room(name.as_str()) };
            let topic = topic.filter(|topic| !topic.trim().is_empty());
            let invite = move |()| room.navigator.open(Dialog::Invite(room.room_id()));
            view! {
                <div class="room-intro">
                    <RoomAvatar size=72/>
                    <p class="room-intro__title"><bdi>{name}</bdi></p>
                    <p class="room-intro__words">{words}" "{alone.then(t::intro_alone)}</p>
                    {topic.map(|topic| view! { <p class="room-intro__words" dir="auto">{topic}</p> })}
                    {(alone && may_invite).then(|| view! {
                        <div class="room-intro__actions"><Button on_press=invite>{t::room_invite()}</Button></div>
                    })}
                </div>
            }
        })
    })
}
