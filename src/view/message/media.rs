//! Files in messages: pictures, films, sounds and the rest.

use leptos::prelude::*;
use trellis_model::protocol::{MediaInfo, MediaKind};

use super::{EventRow, picture::Picture, rich_text};
use crate::{
    markup::{live, view},
    media::{Fetched, use_media},
    platform::picture::save,
    ui::{Icon, IconButton, IconView},
    view::room::use_room,
    wording::{sizes::file_size, t},
};

/// A file, and what was written to it.
#[component]
pub(super) fn MediaBody(
    /// The event.
    row: EventRow,
    /// The file.
    media: MediaInfo,
    /// Shown as a sticker.
    #[prop(optional)]
    sticker: bool,
) -> impl IntoView {
    let caption = media.caption.as_ref().map(|caption| {
        view! { <div class="message__body rich-text" dir="auto">{rich_text::draw(caption)}</div> }
    });
    let file = match media.kind {
        _ if sticker => view! { <Picture row media sticker/> },
        MediaKind::Image => view! { <Picture row media sticker=false/> },
        MediaKind::Video | MediaKind::Audio => view! { <Player media/> },
        MediaKind::File => view! { <FileCard media/> },
    };
    view! { <div class="message-body"><div class="media">{file}</div>{caption}</div> }
}

/// A film or a sound; fetched when the person wants it.
#[component]
fn Player(media: MediaInfo) -> impl IntoView {
    let store = use_media();
    let wanted = RwSignal::new(None::<RwSignal<Fetched>>);
    let (kind, name) = (media.kind, media.file_name.clone());
    let source = media.source.clone();
    let play = move |()| {
        if let Some(source) = source.clone() {
            wanted.set(Some(store.content(source)));
        }
    };
    let label = t::media_play(name.as_str());
    let card = media.clone();
    live(move || match wanted.get().map(|state| state.get()) {
        Some(Fetched::Ready(url)) if kind == MediaKind::Video => view! {
            <video src=url controls=true autoplay=true aria-label=name.clone() width="400"></video>
        },
        Some(Fetched::Ready(url)) => {
            view! { <audio src=url controls=true autoplay=true aria-label=name.clone()></audio> }
        }
        state => {
            let play = play.clone();
            let icon = if kind == MediaKind::Video { Icon::Film } else { Icon::Music };
            let words = match state {
                Some(Fetched::Loading) => t::media_loading(name.as_str()),
                Some(Fetched::Failed(_)) => t::media_failed(name.as_str()),
                _ => name.clone(),
            };
            let disabled = card.source.is_none();
            view! {
                <div class="media__file">
                    <IconView icon/>
                    <FileWords name=words size=card.size/>
                    <IconButton icon=Icon::ChevronRight label=label.clone() disabled on_press=play/>
                    <Download media=card.clone()/>
                </div>
            }
        }
    })
}

/// Any other file: name, size, download.
#[component]
fn FileCard(media: MediaInfo) -> impl IntoView {
    view! {
        <div class="media__file">
            <IconView icon=Icon::File/>
            <FileWords name=media.file_name.clone() size=media.size/>
            <Download media/>
        </div>
    }
}

#[component]
fn FileWords(name: String, size: Option<u64>) -> impl IntoView {
    let title = name.clone();
    view! {
        <div class="media__file-words">
            <div class="media__file-name" title=title dir="auto">{name}</div>
            {size.map(|size| view! { <div class="media__file-size">{file_size(size)}</div> })}
        </div>
    }
}

/// Fetches a file, then saves it.
#[component]
fn Download(media: MediaInfo) -> impl IntoView {
    let (room, store) = (use_room(), use_media());
    let name = StoredValue::new(media.file_name.clone());
    let fetching = RwSignal::new(None::<RwSignal<Fetched>>);
    Effect::new(move || match fetching.get().map(|state| state.get()) {
        Some(Fetched::Ready(url)) => name.with_value(|name| save(&url, name)),
        Some(Fetched::Failed(refusal)) => room.toasts.explain(crate::wording::explain(&refusal)),
        Some(Fetched::Loading) | None => {}
    });
    let source = media.source;
    let disabled = source.is_none();
    let press = move |()| {
        if let Some(source) = source.clone() {
            fetching.set(Some(store.content(source)));
        }
    };
    let label = t::media_download(media.file_name);
    view! { <IconButton icon=Icon::Download label disabled on_press=press/> }
}
