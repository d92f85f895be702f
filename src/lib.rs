//! The page: routes, views and the reactive mirror of the core.
//!
//! Dependencies point down: `view` → `ui`, `wording`, `state`, `session`; `platform` alone calls the browser. No Matrix
//! logic, no HTML from events and no HTTP live here; the core in the worker has them.

pub mod media;
pub mod platform;
pub mod route;
pub mod session;
pub mod state;
pub mod ui;
pub mod view;
pub mod wording;
