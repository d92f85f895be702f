//! The messages of a room: the scroller, the rows and what stands between them.

mod anchor;
mod edge;
mod keeper;
mod layout;
mod row;
mod run;
mod unread;

use leptos::{ev, prelude::*};
use ruma::OwnedEventId;
use trellis_model::protocol::{Edge, ItemKey};

use self::{
    edge::{BackwardEdge, ForwardEdge},
    keeper::Keeper,
    layout::{Layout, Marks, Shape, Slot},
    row::Row,
    run::Run,
    unread::{announcement, unread_mark},
};
use super::room::use_room;
use crate::{
    markup::view,
    platform::{scroll, tab},
    ui::{Icon, IconView, LiveRegion},
    wording::{dates, list, room_name, t},
};

/// How many rows are asked for at once.
pub(crate) const PAGE: u32 = 60;

/// What the rows of a timeline share.
#[derive(Clone, Copy)]
pub(crate) struct TimelineContext {
    /// Day headings, groups and runs.
    layout: Memo<Layout>,
    /// The row the keyboard comes to.
    tab_stop: Memo<Option<ItemKey>>,
    /// The row that had the focus last.
    current: RwSignal<Option<ItemKey>>,
    /// The row whose toolbar is shown.
    pub(crate) active: RwSignal<Option<ItemKey>>,
    /// Whether the menu of the active row is open.
    pub(crate) menu: RwSignal<bool>,
    /// The event of the address.
    focus: Memo<Option<OwnedEventId>>,
}

/// The messages of the open room.
#[component]
pub(crate) fn Timeline(
    /// The event of the address, which is shown and marked.
    #[prop(into)]
    focus: Memo<Option<OwnedEventId>>,
) -> impl IntoView {
    let room = use_room();
    let timeline = room.timeline();
    let keeper = Keeper::new(focus.get_untracked());

    let shapes = {
        let timeline = timeline.clone();
        Memo::new(move |_| {
            let order = timeline.rows.order();
            let rows = order.iter().filter_map(|key| timeline.rows.row(key));
            rows.map(|row| row.with(|row| Shape::of(row, dates::local_date))).collect::<Vec<_>>()
        })
    };
    let read_up_to = unread_mark(shapes);
    let layout = Memo::new(move |_| {
        let (read_up_to, focus) = (read_up_to.get(), focus.get());
        let marks = Marks { read_up_to: read_up_to.as_deref(), focus: focus.as_deref() };
        shapes.with(|shapes| Layout::of(shapes, marks))
    });
    let current = RwSignal::new(None);
    let tab_stop = Memo::new(move |_| {
        shapes.with(|shapes| {
            let known = |key: &ItemKey| shapes.iter().any(|shape| shape.key == *key);
            current.get().filter(known).or_else(|| shapes.last().map(|shape| shape.key.clone()))
        })
    });
    let (active, menu) = (RwSignal::new(None), RwSignal::new(false));
    provide_context(TimelineContext { layout, tab_stop, current, active, menu, focus });

    let (start, end) = (ReadSignal::from(timeline.start()), ReadSignal::from(timeline.end()));
    Effect::new(move || {
        layout.track();
        start.track();
        end.track();
        keeper.changed();
    });
    Effect::new(move || keeper.mounted());
    Effect::watch(
        move || focus.get(),
        move |focus, _, _| {
            if let Some(event_id) = focus.clone() {
                keeper.show(event_id);
            }
        },
        false,
    );
    let listeners = StoredValue::new_local(tab::watch_presence(move |_| keeper.tell_read()));
    on_cleanup(move || listeners.dispose());

    let slot = move |slot: Slot| match slot {
        Slot::Day(_, key) => view! { <DayHeading key/> },
        Slot::New => view! { <div class="timeline__new"><span>{t::timeline_new()}</span></div> },
        Slot::Row(key) => view! { <Row key/> },
        Slot::Run(key) => view! { <Run key/> },
    };
    let label = move || room.read(|room| t::timeline_label(room_name(&room.name)));
    view! {
        <div class="timeline">
            <div
                class="timeline__scroller" role="region" aria-label=label
                data-testid="timeline" data-room-id=room.room_id().to_string()
                node_ref=keeper.scroller
                on:scroll=move |_| keeper.scrolled()
                on:keydown=move |event| scroll_by_key(&event, keeper)
            >
                <div class="timeline__content" node_ref=keeper.content>
                    <BackwardEdge/>
                    <For each=move || layout.with(|layout| layout.slots.clone()) key=Slot::clone children=slot/>
                    <ForwardEdge/>
                </div>
            </div>
            <JumpButton keeper/>
            <Typing/>
            <LiveRegion text=announcement(shapes, end)/>
        </div>
    }
}

/// Up, down and both ends with the keyboard. Moving between rows scrolls, which asks for more.
fn scroll_by_key(event: &ev::KeyboardEvent, keeper: Keeper) {
    let Some(scroller) = keeper.scroller.get_untracked() else { return };
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
        return;
    }
    match event.key().as_str() {
        "ArrowDown" => _ = scroll::step_focus(&scroller, ".timeline__row[tabindex]", 1),
        "ArrowUp" => _ = scroll::step_focus(&scroller, ".timeline__row[tabindex]", -1),
        "Home" => scroll::focus_end(&scroller, ".timeline__row[tabindex]", false),
        "End" => {
            keeper.jump_to_newest();
            scroll::focus_end(&scroller, ".timeline__row[tabindex]", true);
        }
        _ => return,
    }
    event.prevent_default();
}

/// The heading of a day, which stays at the upper edge while its messages are seen.
#[component]
fn DayHeading(
    /// The first row of the day.
    key: ItemKey,
) -> impl IntoView {
    let row = use_room().event(&key);
    row.map(|event| view! { <h3 class="timeline__day"><span>{dates::day_heading(event.timestamp)}</span></h3> })
}

/// Leads back to the newest message, and says how many are new.
#[component]
fn JumpButton(keeper: Keeper) -> impl IntoView {
    let room = use_room();
    let end = ReadSignal::from(room.timeline().end());
    let away = Memo::new(move |_| !keeper.at_end.get() || end.with(|end| *end == Edge::More));
    let count = move || room.read(|room| room.unread_count).unwrap_or_default();
    let words = move || match count() {
        0 => t::timeline_jump(),
        count => t::timeline_jump_count(count),
    };
    view! {
        <Show when=move || away.get()>
            <button type="button" class="timeline__jump" on:click=move |_| keeper.jump_to_newest()>
                <span>{words}</span>
                <IconView icon=Icon::ArrowDown/>
            </button>
        </Show>
    }
}

/// Who types.
#[component]
fn Typing() -> impl IntoView {
    let room = use_room();
    let words = move || {
        room.read(|room| match room.typing.as_slice() {
            [] => String::new(),
            names @ ([_] | [_, _] | [_, _, _]) => t::typing(names.len(), list(names)),
            _ => t::typing_many(),
        })
    };
    view! { <div class="timeline__typing">{words}</div> }
}
