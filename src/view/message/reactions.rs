//! Reactions, counted, with who gave them.

use leptos::prelude::*;
use trellis_model::protocol::{ItemKey, ReactionTally};

use super::{EventRow, part};
use crate::{
    markup::view,
    view::room::use_room,
    wording::{list, t},
};

/// The reactions to a message.
#[component]
pub(super) fn Reactions(
    /// The key of the row.
    id: StoredValue<ItemKey>,
    /// The event.
    row: EventRow,
) -> impl IntoView {
    let room = use_room();
    let tallies = part(row, |event| event.reactions.clone());
    let keys = Memo::new(move |_| {
        tallies.with(|tallies| tallies.iter().flatten().map(|tally| tally.key.clone()).collect::<Vec<_>>())
    });
    let may_react = part(row, |event| event.can_react);
    let reaction = move |key: String| {
        let name = key.clone();
        let tally = Memo::new(move |_| {
            tallies.with(|tallies| tallies.iter().flatten().find(|tally| tally.key == name).cloned())
        });
        let (shown, title) = (key.clone(), move || tally.get().map(|tally| said(&tally)));
        view! {
            <button
                type="button" class="reaction" tabindex="-1"
                aria-label=title title=title
                aria-pressed=move || tally.with(|tally| tally.as_ref().is_some_and(|tally| tally.is_own)).to_string()
                prop:disabled=move || !may_react.get().unwrap_or_default()
                on:click=move |_| id.with_value(|id| room.toggle_reaction(id, &key))
            >
                <span class="reaction__key">{shown}</span>
                <span class="reaction__count">{move || tally.with(|tally| tally.as_ref().map(|tally| tally.count))}</span>
            </button>
        }
    };
    view! {
        <Show when=move || keys.with(|keys| !keys.is_empty())>
            <div class="reactions"><For each=move || keys.get() key=String::clone children=reaction/></div>
        </Show>
    }
}

/// A reaction in words.
fn said(tally: &ReactionTally) -> String {
    if tally.names.is_empty() {
        t::reaction_count(tally.count, tally.key.as_str())
    } else {
        t::reaction_by(tally.count, tally.key.as_str(), list(&tally.names))
    }
}
