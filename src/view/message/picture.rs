//! A picture in a message: its place is kept from the beginning, so that nothing jumps when it comes.

use leptos::prelude::*;
use trellis_model::protocol::{MediaInfo, MediaSource};

use super::EventRow;
use crate::{
    markup::view,
    media::{Fetched, use_media},
    route::Dialog,
    view::room::{event, use_room},
    wording::t,
};

/// The most room a picture takes, in CSS pixels.
const WIDTH: u32 = 400;
const HEIGHT: u32 = 320;

/// The size at which a picture of `width` by `height` is shown; a usual one where that is not known.
pub(super) fn shown_size(width: Option<u32>, height: Option<u32>, most: (u32, u32)) -> (u32, u32) {
    let (Some(width), Some(height)) = (width.filter(|width| *width > 0), height.filter(|height| *height > 0)) else {
        return (most.0.min(320), most.1.min(240));
    };
    let scale = (f64::from(most.0) / f64::from(width)).min(f64::from(most.1) / f64::from(height)).min(1.0);
    let scaled = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    // One can still point at what is only a few pixels.
    (scaled(width).max(24), scaled(height).max(24))
}

/// A picture, or a sticker.
#[component]
pub(super) fn Picture(
    /// The event.
    row: EventRow,
    /// The file.
    media: MediaInfo,
    /// Stickers open nothing and have no ground.
    sticker: bool,
) -> impl IntoView {
    let (room, store) = (use_room(), use_media());
    let most = if sticker { (200, 200) } else { (WIDTH, HEIGHT) };
    let (width, height) = shown_size(media.width, media.height, most);
    let name = media.file_name.clone();
    let is_waiting = media.source.is_none();
    // Animations stand still in thumbnails, and what is small needs none.
    let is_whole = media.mimetype.as_deref() == Some("image/gif") || media.size.is_some_and(|size| size < 64 * 1024);
    let tries = RwSignal::new(0);
    let state = Memo::new(move |_| {
        tries.track();
        media.source.clone().map(|source| match source {
            MediaSource::Plain(uri) if !is_whole => ReadSignal::from(store.thumbnail(uri, width, height).read_only()),
            // Nobody but the sender can make a thumbnail of what is encrypted.
            MediaSource::Encrypted { .. } if !is_whole => {
                store.content(media.thumbnail.clone().unwrap_or(source)).read_only()
            }
            source => store.content(source).read_only(),
        })
    });
    let fetched = move || state.get().map(|state| state.get());
    let open = move |_| {
        if matches!(fetched(), Some(Fetched::Failed(_))) {
            tries.update(|tries| *tries += 1);
        } else if let Some(event_id) = row.with_untracked(|row| event(row).and_then(|event| event.event_id.clone())) {
            room.navigator.open(Dialog::Image(event_id));
        }
    };
    // Named by its picture, and before that is there by the file.
    let label = {
        let name = name.clone();
        move || match fetched() {
            Some(Fetched::Loading) => Some(t::media_loading(name.as_str())),
            _ => None,
        }
    };
    let content = move || match fetched() {
        Some(Fetched::Ready(url)) => view! { <img src=url alt=name.clone() draggable="false"/> },
        Some(Fetched::Loading) => ().into_any(),
        Some(Fetched::Failed(_)) => {
            view! { <span class="media__placeholder">{t::media_failed(name.as_str())}</span> }
        }
        None => view! { <span class="media__placeholder">{t::media_waiting(name.as_str())}</span> },
    };
    let (ratio, wide) = (format!("{width} / {height}"), format!("{width}px"));
    if sticker {
        return view! {
            <div class="media__picture" data-sticker="true" style:aspect-ratio=ratio style:width=wide>{content}</div>
        };
    }
    view! {
        <button
            type="button" class="media__picture" tabindex="-1" style:aspect-ratio=ratio style:width=wide
            aria-label=label prop:disabled=is_waiting on:click=open
        >
            {content}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_scaled_into_its_place() {
        assert_eq!(shown_size(Some(800), Some(400), (400, 320)), (400, 200));
        assert_eq!(shown_size(Some(400), Some(3200), (400, 320)), (40, 320));
        assert_eq!(shown_size(Some(100), Some(80), (400, 320)), (100, 80));
    }

    #[test]
    fn an_unknown_size_gets_a_usual_place() {
        assert_eq!(shown_size(None, Some(10), (400, 320)), (320, 240));
        assert_eq!(shown_size(Some(0), Some(10), (400, 320)), (320, 240));
    }
}
