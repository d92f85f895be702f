//! The address bar: the fragment, and the entries of the browser's history.

use leptos::prelude::window;
use trellis_browser::listener::Listener;
use wasm_bindgen::JsValue;
use web_sys::Event;

use crate::route::History;

/// The fragment, with its `#`.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Tells the fragment whenever the browser changed it, as long as the result lives.
pub fn watch_fragment(tell: impl Fn(String) + 'static) -> Listener {
    Listener::new(&window(), "popstate", move |_: Event| tell(fragment()))
}

/// Marks an entry that opened a layer above the one before it.
const LAYER: &str = "layer";

/// The entries of this tab.
#[derive(Debug)]
pub struct Entries;

impl History for Entries {
    fn push(&self, fragment: &str, layer: bool) {
        let mark = if layer { JsValue::from_str(LAYER) } else { JsValue::NULL };
        write(|history| history.push_state_with_url(&mark, "", Some(fragment)));
    }

    fn replace(&self, fragment: &str) {
        write(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(fragment)));
    }

    fn close_layer(&self) -> bool {
        let opened_here = |history: &web_sys::History| history.state().is_ok_and(|mark| mark == LAYER);
        window().history().is_ok_and(|history| opened_here(&history) && history.back().is_ok())
    }
}

fn write(write: impl FnOnce(&web_sys::History) -> Result<(), JsValue>) {
    if let Err(error) = window().history().and_then(|history| write(&history)) {
        leptos::logging::error!("the address could not be changed: {error:?}");
    }
}

/// The whole address of a place in this page, to give to others.
pub fn address(fragment: &str) -> String {
    let location = window().location();
    let base = [location.origin(), location.pathname(), location.search()];
    base.into_iter().map(Result::unwrap_or_default).chain([fragment.to_owned()]).collect()
}
