//! A button with an icon only, a name, and a tooltip with its shortcut.

use leptos::{html, prelude::*};

use super::{Icon, IconView};
use crate::markup::view;

/// A button with an icon only.
#[component]
pub fn IconButton(
    /// What it shows.
    #[prop(into)]
    icon: Signal<Icon>,
    /// What it does, in words.
    #[prop(into)]
    label: Signal<String>,
    /// The keys that do the same, as shown to people.
    #[prop(optional)]
    shortcut: Option<&'static str>,
    /// Whether it is on, where it switches something.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// It cannot be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The value of `aria-haspopup`, where it opens something.
    #[prop(optional)]
    popup: Option<&'static str>,
    /// Whether what it opens is open.
    #[prop(optional, into)]
    expanded: Option<Signal<bool>>,
    /// The name for tests.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// Where it is one of many with a roving focus: its place in the tab order.
    #[prop(optional, into)]
    tabindex: Option<Signal<i32>>,
    /// The element.
    #[prop(optional)]
    node_ref: NodeRef<html::Button>,
    /// What it does.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let tooltip = move || match shortcut {
        Some(shortcut) => format!("{} ({shortcut})", label.get()),
        None => label.get(),
    };
    view! {
        <button
            type="button"
            class="icon-button"
            node_ref=node_ref
            data-testid=testid
            data-tooltip=tooltip
            aria-label=move || label.get()
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            aria-haspopup=popup
            aria-expanded=move || expanded.map(|expanded| expanded.get().to_string())
            tabindex=move || tabindex.map(|tabindex| tabindex.get().to_string())
            prop:disabled=move || disabled.get()
            on:click=move |_| on_press.run(())
        >
            <IconView icon/>
        </button>
    }
}
