//! `PUT /_matrix/client/*/rooms/{roomId}/typing/{userId}`
//!
//! Ruma demands that whoever types says for how long; the specification does not.

use std::time::Duration;

use ruma::{
    OwnedRoomId, OwnedUserId,
    api::{
        IncomingRequest,
        auth_scheme::AccessToken,
        client::typing::create_typing_event::v3,
        error::{DeserializationError, Error, FromHttpRequestError},
    },
};
use serde::Deserialize;

use crate::{
    Result,
    api::{Ruma, parts::argument},
    service::Services,
};

/// How long someone types who does not say.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Who types where, or no longer.
pub(super) struct Request {
    room_id: OwnedRoomId,
    user_id: OwnedUserId,
    state: State,
}

#[derive(Deserialize)]
struct State {
    typing: bool,
    /// In milliseconds.
    timeout: Option<u64>,
}

ruma::metadata! {
    method: PUT,
    rate_limited: true,
    authentication: AccessToken,
    history: {
        1.0 => "/_matrix/client/r0/rooms/{room_id}/typing/{user_id}",
        1.1 => "/_matrix/client/v3/rooms/{room_id}/typing/{user_id}",
    }
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = v3::Response;

    fn try_from_http_request<B, S>(request: http::Request<B>, path: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        Ok(Self {
            room_id: OwnedRoomId::try_from(argument(path, 0)).map_err(DeserializationError::from)?,
            user_id: OwnedUserId::try_from(argument(path, 1)).map_err(DeserializationError::from)?,
            state: serde_json::from_slice(request.body().as_ref())?,
        })
    }
}

pub(super) async fn create_typing_event(services: Services, request: Ruma<Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    services.rooms.require_joined(&request.room_id, user_id).await?;
    services.presence.act(&request.sender).await;
    match request.state {
        State { typing: true, timeout } => {
            let timeout = timeout.map_or(TIMEOUT, Duration::from_millis);
            services.typing.start_typing(&request.room_id, user_id.to_owned(), timeout).await;
        }
        State { typing: false, .. } => services.typing.stop_typing(&request.room_id, user_id).await,
    }
    Ok(v3::Response::new())
}
