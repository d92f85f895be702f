//! A dialog above the page. The browser's own element keeps the focus inside, closes on Escape and gives the focus back.

use leptos::{ev, html, prelude::*};

use super::{Icon, IconButton};
use crate::{markup::view, platform::dom, wording::t};

/// A dialog. It is open as long as it is rendered.
#[component]
pub fn Dialog(
    /// Its name, shown as its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Wide enough for lists.
    #[prop(optional)]
    wide: bool,
    /// The person wants it closed.
    #[prop(into)]
    on_close: Callback<()>,
    /// What stands in it; actions in an element of class `dialog__actions`.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    show_modal(element);
    // The page decides what is open, so the element must not close itself.
    let cancel = move |event: ev::Event| {
        event.prevent_default();
        on_close.run(());
    };
    // Only a press that begins on the backdrop closes: a selection that ends there must not.
    let press = move |event: ev::MouseEvent| {
        if element.get_untracked().is_some_and(|dialog| dom::is_target(&event, &dialog)) {
            on_close.run(());
        }
    };
    view! {
        <dialog
            class="dialog"
            node_ref=element
            data-testid="dialog"
            data-wide=wide.then_some("")
            aria-labelledby="dialog-title"
            on:cancel=cancel
            on:mousedown=press
        >
            <div class="dialog__frame">
                <header class="dialog__header">
                    <h2 class="dialog__title" id="dialog-title">{move || title.get()}</h2>
                    <IconButton icon=Icon::X label=t::action_close() on_press=on_close/>
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// Keeps an element open above the page while the component lives. Only one that is closed before it is taken away gives
/// the focus back.
pub fn show_modal(element: NodeRef<html::Dialog>) {
    Effect::new(move || {
        if let Some(element) = element.get() {
            dom::show_modal(&element);
        }
    });
    on_cleanup(move || {
        if let Some(element) = element.try_get_untracked().flatten() {
            dom::close_modal(&element);
        }
        // What opened it may be gone.
        request_animation_frame(|| dom::rescue_focus(".shell__place"));
    });
}
