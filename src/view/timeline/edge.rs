//! What lies beyond the first and the last row: more, the beginning of the room, or a failure.

use std::time::Duration;

use leptos::prelude::*;
use trellis_model::protocol::{Edge, Gap, PaginationDirection, Refusal};

use super::PAGE;
use crate::{
    markup::{live, view},
    ui::Button,
    view::room::{RoomIntro, use_room},
    wording::{explain, t},
};

/// What is quick shows no sign of loading.
const PATIENCE: Duration = Duration::from_millis(150);

/// What is before the first row.
#[component]
pub(super) fn BackwardEdge() -> impl IntoView {
    let timeline = use_room().timeline();
    let start = ReadSignal::from(timeline.start());
    let order = ReadSignal::from(timeline.rows.order_signal());
    let is_empty = Memo::new(move |_| order.with(Vec::is_empty));
    live(move || match start.get() {
        Edge::End => view! { <RoomIntro/> },
        Edge::Loading => view! { <Loading rows=if is_empty.get() { 8 } else { 2 }/> },
        Edge::Failed(refusal) => view! { <Failed refusal direction=PaginationDirection::Backward/> },
        Edge::More => view! { <div class="timeline__edge"></div> },
    })
}

/// What is after the last row.
#[component]
pub(super) fn ForwardEdge() -> impl IntoView {
    let timeline = use_room().timeline();
    let end = ReadSignal::from(timeline.end());
    let order = ReadSignal::from(timeline.rows.order_signal());
    let is_empty = Memo::new(move |_| order.with(Vec::is_empty));
    live(move || match end.get() {
        Edge::Loading if !is_empty.get() => Some(view! { <Loading rows=2/> }),
        Edge::Failed(refusal) => Some(view! { <Failed refusal direction=PaginationDirection::Forward/> }),
        Edge::Loading | Edge::End | Edge::More => None,
    })
}

/// Grey rows, once it takes a while.
#[component]
fn Loading(
    /// How many.
    rows: usize,
) -> impl IntoView {
    let is_late = RwSignal::new(false);
    // The component may be gone by then.
    set_timeout(move || _ = is_late.try_set(true), PATIENCE);
    let row = |_| {
        view! {
            <div class="timeline__skeleton">
                <span class="timeline__skeleton-avatar"></span>
                <span class="timeline__skeleton-line"></span>
                <span class="timeline__skeleton-line"></span>
            </div>
        }
    };
    view! {
        <div aria-hidden="true" class="timeline__loading" data-late=move || is_late.get().to_string()>
            {(0..rows).map(row).collect_view()}
        </div>
    }
}

#[component]
fn Failed(refusal: Refusal, direction: PaginationDirection) -> impl IntoView {
    let room = use_room();
    let again = move |()| room.timeline().extend(direction, PAGE);
    view! {
        <div class="timeline__edge" role="status">
            <span>{explain(&refusal).text}</span>
            <Button on_press=again>{t::action_retry()}</Button>
        </div>
    }
}

/// History between rows that is not here yet. The core fills it as it comes near; a failure can be tried again.
#[component]
pub(super) fn GapRow(
    /// What is known of it.
    gap: Gap,
) -> impl IntoView {
    let room = use_room();
    let again = move |()| room.timeline().extend(PaginationDirection::Backward, PAGE);
    let (words, label) = match (&gap.failed, gap.loading) {
        (_, true) => (t::timeline_gap_loading(), None),
        (Some(refusal), false) => (explain(refusal).text, Some(t::action_retry())),
        (None, false) => (t::timeline_gap(), Some(t::timeline_more())),
    };
    view! {
        <span>{words}</span>
        {label.map(|label| view! { <Button on_press=again>{label}</Button> })}
    }
}
