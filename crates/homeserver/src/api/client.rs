//! The [Client-Server API]: one file per endpoint, named as ruma's module.
//!
//! [Client-Server API]: https://spec.matrix.org/v1.18/client-server-api/

// Accounts, devices, keys, media, and what is known about the server.
mod get_supported_versions;

// Rooms and their events.

// Sync, receipts, typing and notifications.

use axum::Router;

use super::Endpoints as _;
use crate::service::Services;

/// Every endpoint, one line each.
pub fn endpoints() -> Router<Services> {
    Router::new().merge(accounts()).merge(rooms()).merge(sync())
}

/// Accounts, devices, keys, media and what is known about the server.
fn accounts() -> Router<Services> {
    Router::new().ruma(get_supported_versions::get_supported_versions)
}

/// Rooms and their events.
fn rooms() -> Router<Services> {
    Router::new()
}

/// Sync, receipts, typing and notifications.
fn sync() -> Router<Services> {
    Router::new()
}
