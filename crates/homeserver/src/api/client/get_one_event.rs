//! `GET /_matrix/client/v3/events/{eventId}`
//!
//! Ruma does not know it: it is from the time before events were asked for in their room.

use ruma::{
    OwnedEventId,
    api::{
        IncomingRequest,
        auth_scheme::AccessToken,
        error::{DeserializationError, Error, FromHttpRequestError},
    },
    events::AnyTimelineEvent,
    serde::Raw,
};

use crate::{
    MatrixError, Result,
    api::{Ruma, json::Json},
    service::Services,
};

/// Which event.
pub(super) struct Request {
    event_id: OwnedEventId,
}

ruma::metadata! {
    method: GET,
    rate_limited: false,
    authentication: AccessToken,
    history: {
        1.0 => "/_matrix/client/r0/events/{event_id}",
        1.1 => "/_matrix/client/v3/events/{event_id}",
    }
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = Json<Raw<AnyTimelineEvent>>;

    fn try_from_http_request<B, S>(request: http::Request<B>, path: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        let event_id = path.first().map(AsRef::as_ref).unwrap_or_default();
        Ok(Self { event_id: OwnedEventId::try_from(event_id).map_err(DeserializationError::from)? })
    }
}

pub(super) async fn get_one_event(services: Services, request: Ruma<Request>) -> Result<Json<Raw<AnyTimelineEvent>>> {
    let missing = || MatrixError::not_found("there is no such event");
    let room_id = services.rooms.room_of(&request.event_id).await?.ok_or_else(missing)?;
    let (event, history) = services.rooms.event(&room_id, &request.event_id, &request.sender.user_id).await?;
    let mut events = services.rooms.show(request.sender.ids(), Some(&history), &[event]).await?;
    events.pop().map(Json).ok_or_else(missing)
}
