//! Files of the bundle itself: the page's only HTTP.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The text of a file beside the page; `None`: it is not there.
pub async fn text(path: &str) -> Option<String> {
    let response: Response = JsFuture::from(window().fetch_with_str(path)).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// Where the page comes from, without a trailing slash.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The address of a place of this page, to give away.
pub fn link(fragment: &str) -> String {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    format!("{}{path}{fragment}", origin())
}
