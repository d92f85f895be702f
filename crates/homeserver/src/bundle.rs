//! The client as static files beside the API.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

/// Answers what is no API request.
pub async fn serve(uri: http::Uri) -> Response {
    if uri.path() == "/" {
        return Html("<!doctype html><title>Trellis</title><p>This Matrix homeserver works.</p>")
            .into_response();
    }
    StatusCode::NOT_FOUND.into_response()
}
