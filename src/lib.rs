//! The page: routes, views and the reactive mirror of the core.
//!
//! Dependencies point down: `view` → `ui`, `wording`, `state`, `session`; `platform` alone calls the browser. No Matrix
//! logic, no HTML from events and no HTTP live here; the core in the worker has them.

#![expect(unreachable_pub, reason = "the component macro makes a public function of every component")]

pub mod app;
pub mod config;
mod markup;
pub mod media;
pub mod platform;
pub mod preferences;
pub mod route;
pub mod session;
pub mod state;
pub mod task;
pub mod ui;
pub mod view;
pub mod wording;
