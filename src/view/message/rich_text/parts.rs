//! The nodes of a text that do something.

use leptos::prelude::*;
use ruma::OwnedMxcUri;
use trellis_model::rich_text::{Node, PillTarget};

use super::nodes;
use crate::{
    markup::view,
    media::use_media,
    route::{Place, Route},
    state::use_state,
    ui::{Icon, IconButton},
    view::room::use_room,
    wording::t,
};

/// Code with a button that copies it.
#[component]
pub(super) fn CodeBlock(language: Option<String>, code: String) -> impl IntoView {
    let room = use_room();
    let language = language.map(|language| view! { <div class="rich-text__language">{language}</div> });
    let text = code.clone();
    let copy = move |()| room.copy(text.clone(), t::room_copied());
    view! {
        <div class="rich-text__code-block" dir="ltr">
            {language}
            <pre tabindex="0"><code>{code}</code></pre>
            <div class="rich-text__code-tools"><IconButton icon=Icon::Copy label=t::code_copy() on_press=copy/></div>
        </div>
    }
}

/// Text that is hidden until it is pressed.
#[component]
pub(super) fn Spoiler(reason: Option<String>, content: Vec<Node>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let label = match &reason {
        Some(reason) => t::spoiler_about(reason),
        None => t::spoiler(),
    };
    let reason = reason.map(|reason| view! { <span class="rich-text__spoiler-reason">"("{reason}") "</span> });
    let content = nodes(&content);
    let open = move || is_open.set(true);
    // Open it is plain text, so that links in it can be reached.
    view! {
        {reason}
        <span
            class="rich-text__spoiler" data-open=move || is_open.get().to_string()
            role=move || (!is_open.get()).then_some("button")
            tabindex=move || (!is_open.get()).then_some("0")
            aria-label=move || (!is_open.get()).then(|| label.clone())
            on:click=move |_| open()
            on:keydown=move |event| {
                if matches!(event.key().as_str(), "Enter" | " ") && !is_open.get_untracked() {
                    event.prevent_default();
                    event.stop_propagation();
                    open();
                }
            }
        >
            <span class="rich-text__spoiler-content">{content}</span>
        </span>
    }
}

/// A person, a room or a message, by name.
#[component]
pub(super) fn Pill(target: PillTarget, label: String) -> impl IntoView {
    let (room, state) = (use_room(), use_state());
    let place = match &target {
        PillTarget::EveryoneInRoom => {
            return view! { <span class="rich-text__pill" data-everyone="true">{label}</span> };
        }
        PillTarget::User(user_id) => Place::User(user_id.clone()),
        PillTarget::Room(room) => Place::Room { room: room.clone(), event: None },
        PillTarget::Event(room, event) => Place::Room { room: room.clone(), event: Some(event.clone()) },
    };
    let user_id = match target {
        PillTarget::User(user_id) => Some(user_id),
        _ => None,
    };
    let is_self = {
        let user_id = user_id.clone();
        move || {
            let own = state.profile().with(|profile| profile.as_ref().map(|profile| profile.user_id.clone()));
            (own.is_some() && own == user_id).then_some("true")
        }
    };
    // A person opens beside the room; the address is for opening elsewhere.
    let press = move |event: leptos::ev::MouseEvent| {
        if let Some(user_id) = &user_id
            && !event.ctrl_key()
            && !event.meta_key()
        {
            event.prevent_default();
            room.show_profile(user_id.clone());
        }
    };
    let href = Route::to(place).to_string();
    view! { <a class="rich-text__pill" href=href data-self=is_self on:click=press><bdi>{label}</bdi></a> }
}

/// A picture in the text.
#[component]
pub(super) fn InlineImage(
    uri: OwnedMxcUri,
    alt: String,
    emoticon: bool,
    width: Option<u32>,
    height: Option<u32>,
) -> impl IntoView {
    let (width, height) = (width.unwrap_or(320).clamp(1, 400), height.unwrap_or(240).clamp(1, 320));
    let (width, height) = if emoticon { (32, 32) } else { (width, height) };
    let state = ReadSignal::from(use_media().thumbnail(uri, width, height).read_only());
    let src = move || state.with(|state| state.url().map(str::to_owned));
    view! {
        <img
            class=if emoticon { "rich-text__emoticon" } else { "rich-text__image" }
            alt=alt.clone() title=alt src=src
            width=width.to_string() height=height.to_string()
        />
    }
}
