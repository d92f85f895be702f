//! Avatars of people and rooms: the picture of the content repository, or letters.

use leptos::prelude::*;
use ruma::OwnedMxcUri;

use crate::{markup::view, media::use_media, ui::Avatar};

/// The avatar of a person or a room.
#[component]
pub(crate) fn EntityAvatar(
    /// The user or room ID.
    #[prop(into)]
    id: Signal<String>,
    /// What it is called.
    #[prop(into)]
    name: Signal<String>,
    /// Its picture.
    #[prop(into)]
    url: Signal<Option<OwnedMxcUri>>,
    /// The side, in CSS pixels.
    #[prop(default = 36)]
    size: u16,
    /// A room has corners.
    #[prop(optional, into)]
    square: Signal<bool>,
) -> impl IntoView {
    let media = use_media();
    let url = Memo::new(move |_| url.get());
    let side = u32::from(size);
    let picture = Memo::new_with_compare(move |_| url.get().map(|url| media.thumbnail(url, side, side)), |_, _| true);
    let src =
        Signal::derive(move || picture.get().and_then(|state| state.with(|state| state.url().map(str::to_owned))));
    view! { <Avatar id name src size square/> }
}
