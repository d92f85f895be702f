//! The open room: which one the address names, what is known of it, and its parts.

mod actions;
mod context;
mod header;
mod intro;
mod outside;

use leptos::{ev, prelude::*};
use ruma::{OwnedRoomAliasId, OwnedRoomId, OwnedRoomOrAliasId};
use trellis_model::protocol::{Command, Membership, Reply, TimelineFocus};

pub(crate) use self::{
    actions::some_text,
    context::{MessageDialog, RoomContext, event, use_room},
    intro::RoomIntro,
};
use self::{
    header::RoomHeader,
    outside::{Invite, Knock, Missing},
};
use super::{
    composer::Composer,
    lightbox::Lightbox,
    members::MembersPanel,
    message::MessageDialogs,
    timeline::{PAGE, Timeline},
};
use crate::{
    markup::{live, view},
    platform::{dom, text_area},
    route::{Navigator, Panel, Place, Route, use_navigator},
    session::use_session,
    state::{rooms::RoomState, use_state},
    task::Task,
    wording::t,
};

/// The room of the address.
#[component]
pub(crate) fn RoomView() -> impl IntoView {
    let route = use_navigator().route();
    let room = Memo::new(move |_| route.with(|route| route.room_or_alias().cloned()));
    live(move || {
        room.get().map(|room| match OwnedRoomId::try_from(room) {
            Ok(room_id) => view! { <KnownRoom room_id/> },
            Err(alias) => view! { <Alias alias/> },
        })
    })
}

/// Finds the room behind an alias, and goes there.
#[component]
fn Alias(alias: OwnedRoomAliasId) -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let room = StoredValue::new(OwnedRoomOrAliasId::from(alias));
    let resolve = Task::new();
    resolve.run(session.send(Command::ResolveAlias { room: room.get_value() }), move |answer| {
        if let Reply::Room { room_id } = answer {
            let (event, via) = navigator.route().with_untracked(|route| match &route.place {
                Place::Room { event, .. } => (event.clone(), route.via.clone()),
                _ => (None, Vec::new()),
            });
            let place = Place::Room { room: room_id.into(), event };
            navigator.replace(Route { via, ..Route::to(place) });
        }
    });
    let missing = move |refusal| view! { <Missing room=room.get_value() refusal=Some(refusal)/> };
    view! { {move || resolve.refusal().get().map(missing)} }
}

/// What of a room is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Invite,
    Knock,
    Missing,
}

#[component]
fn KnownRoom(room_id: OwnedRoomId) -> impl IntoView {
    let (session, state, route) = (use_session(), use_state(), use_navigator().route());
    let room = state.watch_room(room_id.clone());
    let focus = Memo::new(move |_| {
        route.with(|route| match &route.place {
            Place::Room { event, .. } => event.clone(),
            _ => None,
        })
    });
    let start = focus.get_untracked().map_or(TimelineFocus::Live, TimelineFocus::Event);
    let timeline = state.watch_timeline(room_id.clone(), start, PAGE);
    let context = RoomContext::provide(room_id.clone(), &room, timeline);
    session.dispatch(Command::ShowRoom { room_id: Some(room_id.clone()) });
    on_cleanup(move || session.dispatch(Command::ShowRoom { room_id: None }));

    let stage = Memo::new(move |_| {
        context.details().with(|details| match details {
            RoomState::Missing => Stage::Missing,
            RoomState::Known(details) if details.membership == Membership::Invite => Stage::Invite,
            RoomState::Known(details) if details.membership == Membership::Knock => Stage::Knock,
            RoomState::Known(_) | RoomState::Loading => Stage::Open,
        })
    });
    let room_id = StoredValue::new(OwnedRoomOrAliasId::from(room_id));
    live(move || match stage.get() {
        Stage::Open => view! { <OpenRoom focus/> },
        Stage::Invite => view! { <Invite/> },
        Stage::Knock => view! { <Knock/> },
        Stage::Missing => view! { <Missing room=room_id.get_value() refusal=None/> },
    })
}

#[component]
fn OpenRoom(focus: Memo<Option<ruma::OwnedEventId>>) -> impl IntoView {
    let navigator = use_navigator();
    let route = navigator.route();
    let panel = Memo::new(move |_| route.with(|route| route.panel == Some(Panel::Members)));
    let dragging = RwSignal::new(false);
    let dropped = RwSignal::new_local(Vec::new());
    provide_context(Dropped(dropped));
    let keys = window_event_listener(ev::keydown, move |event| {
        panel_key(&event, navigator, panel);
        type_anywhere(&event);
    });
    on_cleanup(move || keys.remove());
    let over = move |event: ev::DragEvent| {
        if text_area::carries_files(&event) {
            event.prevent_default();
            dragging.set(true);
        }
    };
    let drop = move |event: ev::DragEvent| {
        let files = text_area::dropped(&event);
        dragging.set(false);
        if !files.is_empty() {
            event.prevent_default();
            dropped.set(files);
        }
    };
    view! {
        <section class="room" data-panel=move || panel.get().to_string()>
            <RoomHeader/>
            <div class="room__main" on:dragover=over on:dragleave=move |_| dragging.set(false) on:drop=drop>
                <Timeline focus/>
                <Composer/>
                <Show when=move || dragging.get()><div class="drop-target">{t::composer_drop()}</div></Show>
            </div>
            <Show when=move || panel.get()>
                <aside class="room__panel" aria-label=t::members_title() tabindex="-1" data-region=""><MembersPanel/></aside>
            </Show>
            <MessageDialogs/>
            <Lightbox/>
        </section>
    }
}

/// Ctrl+. opens and closes the panel.
fn panel_key(event: &ev::KeyboardEvent, navigator: Navigator, panel: Memo<bool>) {
    if event.key() == "." && (event.ctrl_key() || event.meta_key()) && !event.default_prevented() {
        event.prevent_default();
        navigator.show_panel((!panel.get_untracked()).then_some(Panel::Members));
    }
}

/// Files that were dropped on the room, for its composer.
#[derive(Clone, Copy)]
pub(crate) struct Dropped(pub(crate) RwSignal<Vec<crate::platform::file::File>, LocalStorage>);

/// A letter typed anywhere goes to the composer.
fn type_anywhere(event: &ev::KeyboardEvent) {
    let is_letter = event.key().chars().count() == 1 && event.key() != " " && event.key() != "?";
    let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
    if is_letter && !has_modifier && !event.default_prevented() && !dom::is_typing() && !dom::has_layer() {
        dom::focus_found("[data-testid=composer-input]");
    }
}
