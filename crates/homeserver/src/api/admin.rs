//! What administrators' tools ask, at the paths that existing ones know from Synapse.

mod register;

use axum::{Router, routing::get};

use crate::service::Services;

/// Every endpoint.
pub fn endpoints() -> Router<Services> {
    Router::new().route("/_synapse/admin/v1/register", get(register::nonce).post(register::register))
}
