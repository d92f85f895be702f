//! `GET /_matrix/client/*/events`
//!
//! Ruma knows it for one room only.

use axum::{
    body::Body,
    extract::{Request as HttpRequest, State},
    response::Response,
};
use ruma::{
    OwnedRoomId,
    api::{
        IncomingRequest, OutgoingResponse as _,
        auth_scheme::AccessToken,
        error::{Error, FromHttpRequestError},
    },
};
use serde::Deserialize;

use crate::{
    MatrixError, Result,
    api::{Ruma, json::Json, parts::query},
    service::{
        Services,
        sync::old::{Heard, ListenRequest, listen},
    },
};

/// Where it is served: who waits is not hurried as other requests are.
pub(super) const PATHS: [&str; 2] = ["/_matrix/client/r0/events", "/_matrix/client/v3/events"];

/// What to listen to.
#[derive(Deserialize)]
pub(super) struct Request {
    from: Option<String>,
    /// In milliseconds.
    timeout: Option<u64>,
    limit: Option<usize>,
    room_id: Option<String>,
}

ruma::metadata! {
    method: GET,
    rate_limited: false,
    authentication: AccessToken,
    history: {
        1.0 => "/_matrix/client/r0/events",
        1.1 => "/_matrix/client/v3/events",
    }
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = Json<Heard>;

    fn try_from_http_request<B, S>(request: http::Request<B>, _: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        query(request.uri())
    }
}

pub(super) async fn listen_to_new_events(State(services): State<Services>, request: HttpRequest) -> Result<Response> {
    let request = Ruma::<Request>::extract(&services, request, 0).await?;
    let sender = request.sender;
    let Request { from, timeout, limit, room_id } = request.body;
    let room_id = room_id.map(OwnedRoomId::try_from).transpose();
    let room_id = room_id.map_err(|_| MatrixError::invalid_param("this is no room ID"))?;
    if room_id.is_none() && services.accounts.is_guest(&sender.user_id).await? {
        return Err(MatrixError::forbidden("guests follow one room at a time"));
    }
    let timeout = timeout.map(std::time::Duration::from_millis);
    let heard = listen(&services, &sender, ListenRequest { from, timeout, limit, room_id }).await?;
    let response = Json(heard).try_into_http_response::<Vec<u8>>().map_err(MatrixError::internal)?;
    Ok(response.map(Body::from))
}
