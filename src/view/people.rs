//! Pictures of people and rooms.

use leptos::prelude::*;
use ruma::{OwnedMxcUri, OwnedUserId};

use super::room::use_room;
use crate::{
    markup::{live, view},
    media::use_media,
    ui::Avatar,
    wording::{room_name, user_name},
};

/// The picture of a person.
#[component]
pub(crate) fn PersonAvatar(
    /// Who.
    user_id: OwnedUserId,
    /// The display name.
    name: Option<String>,
    /// The picture.
    avatar: Option<OwnedMxcUri>,
    /// The side, in CSS pixels.
    size: u16,
) -> impl IntoView {
    let name = user_name(name.as_deref(), &user_id);
    view! { <Avatar id=user_id.to_string() name=name src=picture(avatar, size) size/> }
}

/// The address of an avatar, once it is there.
pub(crate) fn picture(avatar: Option<OwnedMxcUri>, size: u16) -> Signal<Option<String>> {
    let Some(uri) = avatar else { return Signal::stored(None) };
    let state = ReadSignal::from(use_media().thumbnail(uri, size.into(), size.into()).read_only());
    Signal::derive(move || state.with(|state| state.url().map(str::to_owned)))
}

/// The picture of the open room.
#[component]
pub(crate) fn RoomAvatar(
    /// The side, in CSS pixels.
    size: u16,
) -> impl IntoView {
    let room = use_room();
    let name = Memo::new(move |_| room.read(|room| room_name(&room.name)).unwrap_or_default());
    let url = Memo::new(move |_| room.read(|room| room.avatar_url.clone()).flatten());
    let square = Memo::new(move |_| room.read(|room| !room.is_direct).unwrap_or_default());
    let id = room.room_id().to_string();
    live(move || view! { <Avatar id=id.clone() name src=picture(url.get(), size) size square/> })
}
