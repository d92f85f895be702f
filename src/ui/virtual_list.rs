//! A long list in sections, of which only what is near the view is rendered. One tab stop; arrows move in it.

pub mod geometry;
mod row;

use std::collections::BTreeMap;

use leptos::{ev, html, prelude::*};

use self::{geometry::Geometry, row::Rows};
use crate::{
    markup::view,
    platform::{dom, scroll},
};

/// Rows rendered beyond the edges of the view.
const MARGIN: u32 = 10;
/// The range moves in steps, so that not every pixel asks anew.
const STEP: u32 = 10;

/// A key of a list.
pub trait Key: Clone + Ord + std::hash::Hash + Send + Sync + 'static {}
impl<K: Clone + Ord + std::hash::Hash + Send + Sync + 'static> Key for K {}

/// Renders a row: its key, and the place in the tab order of the one element in it that takes the focus. That element
/// carries `data-rove`.
pub type RowView<K> = Callback<(K, Signal<i32>), AnyView>;

/// A long list in sections.
#[component]
pub fn VirtualList<K: Key>(
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
    /// The name for tests.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// Sections and heights.
    #[prop(into)]
    geometry: Signal<Geometry>,
    /// The names of the sections, for their headings; empty: none.
    #[prop(into)]
    headings: Signal<Vec<String>>,
    /// The index of the first key in `keys`.
    #[prop(into)]
    start: Signal<u32>,
    /// The keys that are there, in order.
    #[prop(into)]
    keys: Signal<Vec<K>>,
    /// The row that Tab reaches, where it is there.
    #[prop(into)]
    current: Signal<Option<K>>,
    /// Which rows are wanted: the first, and the one after the last.
    #[prop(into)]
    on_range: Callback<(u32, u32)>,
    /// Renders a row.
    #[prop(into)]
    row: RowView<K>,
) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let focused = RwSignal::new(None::<u32>);
    let places = Memo::new(move |_| {
        // One by one: what collects sorts first, and a sort weighs more than the rest of the list.
        let mut places = BTreeMap::new();
        keys.with(|keys| places.extend(keys.iter().cloned().zip(start.get()..)));
        places
    });
    // The row Tab reaches: the one focused last, else the current one, else the first that is there.
    let tab_stop = Memo::new(move |_| {
        let end = start.get() + u32::try_from(keys.with(Vec::len)).unwrap_or(u32::MAX);
        let inside = |index: &u32| (start.get()..end).contains(index);
        let current = || current.get().and_then(|key| places.with(|places| places.get(&key).copied()));
        focused.get().filter(inside).or_else(current).unwrap_or_else(|| start.get())
    });

    let measure = Measure { scroller, geometry, on_range, asked: StoredValue::new(None) };
    let size = StoredValue::new_local(None::<scroll::SizeWatch>);
    Effect::new(move || {
        geometry.track();
        if let Some(element) = scroller.get() {
            measure.ask();
            if size.with_value(Option::is_none) {
                size.set_value(scroll::SizeWatch::new(&[&element], move || measure.ask()));
            }
        }
    });
    // The focus follows an arrow key once the row is there.
    let wanted = StoredValue::new(None::<u32>);
    let follow = move || {
        if let (Some(Some(index)), Some(element)) = (wanted.try_get_value(), scroller.try_get_untracked().flatten())
            && dom::focus_inside(&element, &format!("[data-index='{index}'] [data-rove]"))
        {
            wanted.set_value(None);
        }
    };
    Effect::new(move || {
        places.track();
        // The rows themselves are rendered after this.
        request_animation_frame(follow);
    });
    let keydown = move |event: ev::KeyboardEvent| {
        let now = tab_stop.get_untracked();
        let last = geometry.with_untracked(Geometry::rows).saturating_sub(1);
        let target = match event.key().as_str() {
            _ if event.alt_key() || event.ctrl_key() || event.meta_key() => return,
            "ArrowDown" => now.saturating_add(1).min(last),
            "ArrowUp" => now.saturating_sub(1),
            "PageDown" => now.saturating_add(MARGIN).min(last),
            "PageUp" => now.saturating_sub(MARGIN),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        focused.set(Some(target));
        measure.reveal(target);
        let there = scroller
            .get_untracked()
            .is_some_and(|element| dom::focus_inside(&element, &format!("[data-index='{target}'] [data-rove]")));
        wanted.set_value((!there).then_some(target));
    };
    let section = move |block: usize| {
        view! { <Rows block label geometry headings start keys places tab_stop row/> }
    };
    view! {
        <div class="virtual-list" node_ref=scroller data-testid=testid on:scroll=move |_| measure.ask() on:keydown=keydown>
            <For each=move || 0..geometry.with(|geometry| geometry.blocks.len()) key=|block| *block children=section/>
        </div>
    }
}

/// Measures the scroller and asks for the rows near what is seen.
#[derive(Clone, Copy)]
struct Measure {
    scroller: NodeRef<html::Div>,
    geometry: Signal<Geometry>,
    on_range: Callback<(u32, u32)>,
    asked: StoredValue<Option<(u32, u32)>>,
}

impl Measure {
    fn ask(self) {
        let Some(element) = self.scroller.try_get_untracked().flatten() else { return };
        let view = scroll::viewport(&element);
        let Some((start, end)) = self.geometry.try_with_untracked(|geometry| {
            geometry.rows_between(view.scroll_top, view.scroll_top + view.client_height)
        }) else {
            return;
        };
        let start = start.saturating_sub(MARGIN) / STEP * STEP;
        let end = (end + MARGIN).div_ceil(STEP) * STEP;
        if self.asked.get_value() != Some((start, end)) {
            self.asked.set_value(Some((start, end)));
            self.on_range.run((start, end));
        }
    }

    /// Scrolls as little as brings a row into view.
    fn reveal(self, index: u32) {
        let Some(element) = self.scroller.get_untracked() else { return };
        let view = scroll::viewport(&element);
        let (top, row) = self.geometry.with_untracked(|geometry| (geometry.row_top(index), geometry.row));
        // The first row brings the heading with it.
        let target = if index == 0 {
            0.0
        } else if top < view.scroll_top {
            top
        } else if top + row > view.scroll_top + view.client_height {
            top + row - view.client_height
        } else {
            return;
        };
        scroll::scroll_to(&element, target);
        self.ask();
    }
}
