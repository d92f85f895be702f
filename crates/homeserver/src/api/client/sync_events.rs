//! `GET /_matrix/client/*/sync`

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::header;
use ruma::api::client::sync::sync_events::v3;

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{
        Services,
        presence::Presence,
        sync::{self, SyncRequest},
        timeline::related::RelatedBy,
    },
};

/// Answers with bytes of its own making rather than with ruma's response; see `service::sync`.
pub(super) async fn sync_events(State(services): State<Services>, request: Request) -> Result<Response> {
    let request = Ruma::<v3::Request>::extract(&services, request, 0).await?;
    let raw_filter = request.argument("filter").unwrap_or_default();
    let sender = request.sender;
    let v3::Request { filter, since, full_state, timeout, use_state_after, set_presence, .. } = request.body;
    Presence::check(&set_presence)?;
    let (filter, related_by) = match filter {
        Some(v3::Filter::FilterDefinition(filter)) => (filter, RelatedBy::of_timelines(raw_filter.as_bytes())?),
        Some(v3::Filter::FilterId(id)) if id.starts_with('{') => {
            return Err(MatrixError::invalid_param("the filter is not valid"));
        }
        Some(v3::Filter::FilterId(id)) => services.filters.get(&sender.user_id, &id).await?,
        _ => Default::default(),
    };
    let since = since.filter(|since| !since.is_empty()).map(|since| since.parse()).transpose();
    let request = SyncRequest {
        since: since.map_err(|error: sync::InvalidToken| MatrixError::invalid_param(error.to_string()))?,
        filter,
        related_by,
        full_state,
        state_after: use_state_after,
        set_presence,
        timeout: timeout.unwrap_or_default(),
    };
    let response = sync::sync(&services, &sender, request).await?;
    let body = serde_json::to_vec(&response).map_err(MatrixError::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
