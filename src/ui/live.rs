//! What a screen reader says by itself.

use leptos::prelude::*;

use crate::markup::view;

/// Text that is not seen but read out when it changes.
#[component]
pub fn LiveRegion(
    /// What is said.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! { <div class="visually-hidden" role="status" aria-live="polite">{move || text.get()}</div> }
}
