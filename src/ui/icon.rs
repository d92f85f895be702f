//! The outlined icons of Lucide, drawn as one path each.

use leptos::prelude::*;

use crate::markup::view;

include!(concat!(env!("OUT_DIR"), "/icons.rs"));

/// An icon; hidden from assistive technology, since what it stands in has a name.
#[component]
pub fn IconView(
    /// Which one.
    #[prop(into)]
    icon: Signal<Icon>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=move || icon.get().path()></path>
        </svg>
    }
}
