//! Which build this page is, as written into `index.html` when it was made.

use leptos::prelude::document;

/// What the builder wrote into the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Increases with time, compared as text.
    pub id: String,
    /// The worker's loader, relative to the page.
    pub worker: String,
}

impl Build {
    /// Reads `<meta name="trellis-build">` and `<meta name="trellis-worker">`.
    pub fn of_page() -> Self {
        Self { id: meta("trellis-build"), worker: meta("trellis-worker") }
    }
}

fn meta(name: &str) -> String {
    document()
        .query_selector(&format!("meta[name={name}]"))
        .ok()
        .flatten()
        .and_then(|element| element.get_attribute("content"))
        .unwrap_or_default()
}
