//! A picture of the room, large: with zoom, saving, and the ones before and after.

use leptos::{ev, html, prelude::*};
use ruma::OwnedEventId;
use trellis_model::protocol::{ItemContent, MediaInfo, MediaKind};

use super::room::{event, use_room};
use crate::{
    markup::view,
    media::{Fetched, use_media},
    platform::{dom, picture::save},
    route::Dialog,
    ui::{Icon, IconView, show_modal},
    wording::{explain, t},
};

/// Shown while the address names a picture.
#[component]
pub(crate) fn Lightbox() -> impl IntoView {
    let room = use_room();
    let route = room.navigator.route();
    let image = Memo::new(move |_| {
        route.with(|route| match &route.dialog {
            Some(Dialog::Image(event_id)) => Some(event_id.clone()),
            _ => None,
        })
    });
    // The layer stays while the picture in it changes.
    view! { <Show when=move || image.with(Option::is_some)><Open image/></Show> }
}

/// The pictures of the window, oldest first.
fn pictures() -> Vec<(OwnedEventId, MediaInfo)> {
    let rows = use_room().timeline().rows;
    let picture = |key| {
        rows.row(key)?.with(|row| match event(row) {
            Some(event) => match (&event.event_id, &event.content) {
                (Some(event_id), ItemContent::Media(media)) if media.kind == MediaKind::Image => {
                    Some((event_id.clone(), media.clone()))
                }
                _ => None,
            },
            None => None,
        })
    };
    rows.order().iter().filter_map(picture).collect()
}

#[component]
fn Open(image: Memo<Option<OwnedEventId>>) -> impl IntoView {
    let (room, store) = (use_room(), use_media());
    let element = NodeRef::<html::Dialog>::new();
    show_modal(element);
    let owner = Owner::current();
    let all = Memo::new(move |_| owner.as_ref().map(|owner| owner.with(pictures)).unwrap_or_default());
    let shown = Memo::new(move |_| {
        image.with(|image| all.with(|all| all.iter().find(|(id, _)| Some(id) == image.as_ref()).cloned()))
    });
    let name = move || shown.get().map(|(_, media)| media.file_name).unwrap_or_default();
    let fetched =
        Memo::new(move |_| shown.get().and_then(|(_, media)| media.source).map(|source| store.content(source)));
    let fetched = move || fetched.get().map(|state| state.get());
    let is_zoomed = RwSignal::new(false);
    let close = move || _ = room.navigator.close_layer();
    let neighbor = move |forward: bool| {
        let at = all.with(|all| all.iter().position(|(id, _)| image.with(|image| Some(id) == image.as_ref())))?;
        let next = if forward { at.checked_add(1) } else { at.checked_sub(1) }?;
        all.with(|all| all.get(next).map(|(id, _)| id.clone()))
    };
    let step = move |forward: bool| {
        if let Some(next) = untrack(|| neighbor(forward)) {
            is_zoomed.set(false);
            let route = room.navigator.route().get_untracked().with_dialog(Dialog::Image(next));
            room.navigator.replace(route);
        }
    };
    let download = move || {
        if let Some(Fetched::Ready(url)) = untrack(fetched) {
            save(&url, &untrack(name));
        }
    };
    let keydown = move |event: ev::KeyboardEvent| {
        match event.key().as_str() {
            key @ ("ArrowRight" | "ArrowLeft") => step((key == "ArrowRight") != dom::is_right_to_left()),
            "+" | "-" => is_zoomed.set(event.key() == "+"),
            "s" if !event.ctrl_key() => download(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let cancel = move |event: ev::Event| {
        event.prevent_default();
        close();
    };
    let stage = move || match fetched() {
        Some(Fetched::Ready(url)) => view! {
            <img
                class="lightbox__image" src=url alt=name data-zoomed=move || is_zoomed.get().to_string()
                on:dblclick=move |_| is_zoomed.update(|zoomed| *zoomed = !*zoomed)
            />
        },
        Some(Fetched::Failed(refusal)) => {
            view! { <p class="lightbox__words" role="status">{explain(&refusal).text}</p> }
        }
        Some(Fetched::Loading) => view! { <p class="lightbox__words">{t::media_loading(name())}</p> },
        None => view! { <p class="lightbox__words" role="status">{t::message_unknown_reply()}</p> },
    };
    let action = |icon: Icon, label: fn() -> String, press: Callback<()>, enabled: Signal<bool>| {
        view! {
            <button
                type="button" class="lightbox__action" aria-label=label() title=label()
                aria-disabled=move || (!enabled.get()).then_some("true")
                on:click=move |_| if enabled.get_untracked() { press.run(()) }
            >
                <IconView icon/>
            </button>
        }
    };
    let can = move |forward: bool| Signal::derive(move || neighbor(forward).is_some());
    let always = Signal::stored(true);
    view! {
        <dialog
            class="lightbox" node_ref=element data-testid="lightbox"
            aria-label=move || t::lightbox_label(name()) on:cancel=cancel on:keydown=keydown
        >
            <div class="lightbox__bar">
                <span class="lightbox__name" dir="auto">{name}</span>
                {action(Icon::ChevronLeft, t::lightbox_previous, Callback::new(move |()| step(false)), can(false))}
                {action(Icon::ChevronRight, t::lightbox_next, Callback::new(move |()| step(true)), can(true))}
                {action(Icon::ZoomOut, t::lightbox_zoom_out, Callback::new(move |()| is_zoomed.set(false)), is_zoomed.into())}
                {action(
                    Icon::ZoomIn, t::lightbox_zoom_in, Callback::new(move |()| is_zoomed.set(true)),
                    Signal::derive(move || !is_zoomed.get()),
                )}
                {action(Icon::Download, t::lightbox_save, Callback::new(move |()| download()), always)}
                {action(Icon::X, t::action_close, Callback::new(move |()| close()), always)}
            </div>
            <div class="lightbox__stage" tabindex="0">{stage}</div>
        </dialog>
    }
}
