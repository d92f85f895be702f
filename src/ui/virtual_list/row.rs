//! One section of a long list: its heading, and those of its rows that are there.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{Key, RowView, geometry::Geometry};
use crate::{markup::view, ui::px};

/// A section.
#[component]
pub(super) fn Rows<K: Key>(
    block: usize,
    label: Signal<String>,
    geometry: Signal<Geometry>,
    headings: Signal<Vec<String>>,
    start: Signal<u32>,
    keys: Signal<Vec<K>>,
    places: Memo<BTreeMap<K, u32>>,
    tab_stop: Memo<u32>,
    row: RowView<K>,
) -> impl IntoView {
    let first = Memo::new(move |_| geometry.with(|geometry| geometry.first_row(block)));
    let this = Memo::new(move |_| geometry.with(|geometry| geometry.blocks.get(block).copied()));
    let count = move || this.get().map_or(0, |block| block.rows);
    let row_height = Memo::new(move |_| geometry.with(|geometry| geometry.row));
    let heading_height = move || this.get().map_or(0.0, |block| block.heading);
    let height = move || this.get().map_or(0.0, |block| geometry.with(|geometry| geometry.block_height(block)));
    let heading = Memo::new(move |_| headings.with(|headings| headings.get(block).cloned()).unwrap_or_default());
    let name = move || if heading.with(String::is_empty) { label.get() } else { heading.get() };

    let inside = move || {
        let own = first.get()..first.get() + count();
        keys.with(|keys| {
            keys.iter()
                .zip(start.get()..)
                .filter(|(_, index)| own.contains(index))
                .map(|(key, _)| key.clone())
                .collect()
        })
    };
    let inside: Memo<Vec<K>> = Memo::new(move |_| inside());

    let item = move |key: K| {
        let index = {
            let key = key.clone();
            Memo::new(move |before: Option<&u32>| {
                // A row on its way out keeps its place.
                places.with(|places| places.get(&key).copied()).or(before.copied()).unwrap_or_default()
            })
        };
        let tabindex = Signal::derive(move || if tab_stop.get() == index.get() { 0 } else { -1 });
        view! {
            <div
                class="virtual-list__row" role="listitem"
                data-index=move || index.get()
                aria-setsize=count
                aria-posinset=move || (index.get() + 1).saturating_sub(first.get())
                style:top=move || px(f64::from(index.get().saturating_sub(first.get())) * row_height.get())
                style:height=move || px(row_height.get())
            >
                {row.run((key, tabindex))}
            </div>
        }
    };
    view! {
        <section class="virtual-list__section" style:height=move || px(height())>
            <Show when=move || { !heading.with(String::is_empty) && count() > 0 }>
                <h3 class="virtual-list__heading" style:height=move || px(heading_height())>
                    {move || heading.get()}
                </h3>
            </Show>
            <Show when=move || !inside.with(Vec::is_empty)>
                <div class="virtual-list__rows" role="list" aria-label=name>
                    <For each=move || inside.get() key=K::clone children=item/>
                </div>
            </Show>
        </section>
    }
}
