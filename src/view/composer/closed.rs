//! Why nothing can be written here, and what to do.

use leptos::prelude::*;
use trellis_model::protocol::Composable;

use crate::{markup::view, route::Route, ui::Button, view::room::use_room, wording::t};

/// Stands where the composer would.
#[component]
pub(super) fn Closed(
    /// The reason.
    why: Composable,
) -> impl IntoView {
    let room = use_room();
    let (words, replacement) = match why {
        Composable::Yes => return None,
        Composable::NotAMember => (t::composer_closed_not_member(), None),
        Composable::NotPermitted => (t::composer_closed_not_permitted(), None),
        Composable::Encrypted => (t::composer_closed_encrypted(), None),
        Composable::Tombstoned { replacement: None } => (t::composer_closed_tombstoned(), None),
        Composable::Tombstoned { replacement } => (t::composer_closed_tombstoned_successor(), replacement),
    };
    let go = replacement.map(|replacement| {
        let go = move |()| room.navigator.go(Route::room(replacement.clone()));
        view! { <Button on_press=go>{t::composer_go_on()}</Button> }
    });
    Some(view! { <div class="composer__closed"><span>{words}</span>{go}</div> })
}
