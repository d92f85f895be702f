//! The only callers of `web_sys`: everything the page needs of the browser, in the page's own words.
//!
//! Knows no Matrix, no session and no views.

pub mod build;
pub mod dates;
pub mod dom;
pub mod fetch;
pub mod file;
pub mod history;
#[cfg(target_arch = "wasm32")]
pub mod intl;
pub mod picture;
pub mod preferences;
pub mod scroll;
pub mod shell;
pub mod tab;
pub mod text_area;
pub mod worker;
