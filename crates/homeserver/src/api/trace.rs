//! Names the request in whatever is logged while it is answered. Never its query or its headers:
//! those may hold secrets.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};
use tracing::Instrument as _;

/// Answers a request within a span of its own.
pub async fn layer(request: Request, next: Next) -> Response {
    let span = tracing::info_span!("request", method = %request.method(), path = request.uri().path());
    async move {
        let begun = Instant::now();
        let response = next.run(request).await;
        tracing::debug!(status = response.status().as_u16(), elapsed = ?begun.elapsed(), "answered");
        response
    }
    .instrument(span)
    .await
}
