//! What stands where nothing is stored yet. It appears after 150 ms, so that what is quick does not flicker.

use leptos::prelude::*;

use crate::markup::view;

/// Some grey rows.
#[component]
pub fn Skeleton(
    /// How many.
    rows: usize,
    /// With a circle at the beginning of each.
    #[prop(optional)]
    avatars: bool,
) -> impl IntoView {
    let row = move |_| {
        view! {
            <div class="skeleton__row">
                {avatars.then(|| view! { <span class="skeleton__circle"></span> })}
                <span class="skeleton__lines"><span></span><span></span></span>
            </div>
        }
    };
    view! { <div class="skeleton" aria-hidden="true">{(0..rows).map(row).collect_view()}</div> }
}
