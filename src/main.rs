//! Mounts the page.

use leptos::{mount::mount_to_body, prelude::*};
use trellis::{app::App, platform::history, route::Route, session::restore};
use wasm_bindgen_futures::spawn_local;

fn main() {
    console_error_panic_hook::set_once();
    // Not the one of leptos, which has no executor before it mounts.
    spawn_local(async {
        let wanted = Route::parse(&history::fragment()).account.unwrap_or_default();
        let restored = restore(usize::try_from(wanted).unwrap_or_default()).await;
        mount_to_body(move || view! { <App restored/> });
    });
}
