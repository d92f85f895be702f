//! `POST /_matrix/client/unstable/org.matrix.simplified_msc3575/sync`

use std::time::Duration;

use axum::{
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::header;
use ruma::api::auth_scheme::AccessToken;

use crate::{
    MatrixError, Result,
    api::{
        access::{Access as _, Credentials},
        extract::client_address,
    },
    service::{
        Services,
        sync::sliding::{self, sliding_sync as answer},
    },
};

/// The most a request may hold.
const BODY_LIMIT: usize = 256 * 1024;

/// Reads a request of its own making rather than ruma's; see `service::sync::sliding`.
pub(super) async fn sliding_sync(State(services): State<Services>, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let address = client_address(&parts);
    let credentials = Credentials::of(&parts.headers, &parts.uri, address, services.config.allow_query_tokens);
    let sender = AccessToken::admit(&services, credentials).await?;
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| MatrixError::too_large("the body is too large"))?;
    let mut request: sliding::Request =
        serde_json::from_slice(if body.is_empty() { b"{}" } else { &body }).map_err(|error| {
            let message = error.to_string();
            if error.is_data() { MatrixError::bad_json(message) } else { MatrixError::not_json(message) }
        })?;
    for (key, value) in parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('=')) {
        match key {
            "pos" => request.pos = Some(value.replace("%7E", "~").replace("%7e", "~")),
            "timeout" => {
                let timeout = value.parse().map_err(|_| MatrixError::invalid_param("`timeout` is no number"))?;
                request.timeout = Duration::from_millis(timeout);
            }
            "set_presence" => request.set_presence = value.into(),
            _ => {}
        }
    }
    let response = answer(&services, &sender, request).await?;
    let body = serde_json::to_vec(&response).map_err(MatrixError::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
