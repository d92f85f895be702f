//! Mounts the page.

use leptos::{mount::mount_to_body, prelude::*, task::spawn_local};
use trellis::{app::App, platform::history, route::Route, session::restore};

fn main() {
    console_error_panic_hook::set_once();
    spawn_local(async {
        let wanted = Route::parse(&history::fragment()).account.unwrap_or_default();
        let restored = restore(usize::try_from(wanted).unwrap_or_default()).await;
        mount_to_body(move || view! { <App restored/> });
    });
}
