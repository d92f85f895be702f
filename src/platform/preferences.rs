//! What this browser remembers for the person: small, plain, and nobody's secret.

use leptos::prelude::window;

/// Reads a remembered value.
pub fn load(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(&name(key)).ok().flatten()
}

/// Remembers a value, or forgets it. A browser that stores nothing still works until it is closed.
pub fn save(key: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    let result = match value {
        Some(value) => storage.set_item(&name(key), value),
        None => storage.remove_item(&name(key)),
    };
    if let Err(error) = result {
        leptos::logging::warn!("a preference could not be saved: {error:?}");
    }
}

fn name(key: &str) -> String {
    format!("trellis-{key}")
}
