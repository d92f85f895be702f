//! Collapsed state events: one line that says what they come to, and unfolds.

use leptos::prelude::*;
use trellis_model::protocol::ItemKey;

use super::{TimelineContext, row::Row};
use crate::{
    markup::view,
    ui::{Icon, IconView},
    view::room::use_room,
    wording::{events, runs},
};

/// Collapsed state events.
#[component]
pub(super) fn Run(
    /// The last of them.
    key: ItemKey,
) -> impl IntoView {
    let (room, context) = (use_room(), expect_context::<TimelineContext>());
    let keys = {
        let key = key.clone();
        Memo::new(move |_| context.layout.with(|layout| layout.runs.get(&key).cloned().unwrap_or_default()))
    };
    let words = move || {
        let events: Vec<_> = keys.with(|keys| keys.iter().filter_map(|key| room.event(key)).collect());
        events::run(&runs::summarize(&events))
    };
    let is_open = RwSignal::new(false);
    view! {
        <div class="state-run" data-key=key.0>
            <button
                type="button" class="state-run__summary timeline__row"
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|open| *open = !*open)
            >
                <span class="state-run__chevron"><IconView icon=Icon::ChevronDown/></span>
                <span class="state-line__words">{words}</span>
            </button>
            <Show when=move || is_open.get()>
                <For each=move || keys.get() key=ItemKey::clone children=move |key| view! { <Row key/> }/>
            </Show>
        </div>
    }
}
