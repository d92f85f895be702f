//! `POST /_matrix/client/*/rooms/{roomId}/send/{eventType}`
//!
//! Sends without a transaction ID, as before there were any: each request makes an event. It never was in
//! the specification, and scripts and older tools use it with every homeserver.

use http::Request as HttpRequest;
use ruma::{
    OwnedRoomId,
    api::{
        IncomingRequest,
        auth_scheme::AccessToken,
        client::message::send_message_event::v3,
        error::{DeserializationError, Error, FromHttpRequestError},
    },
    events::TimelineEventType,
};
use serde_json::value::RawValue;

use crate::{
    Result,
    api::{Ruma, parts::argument},
    service::{Services, limits::Action, rooms::RequestKey},
};

/// What to send where.
pub(super) struct Request {
    room_id: OwnedRoomId,
    event_type: TimelineEventType,
    content: Box<RawValue>,
}

ruma::metadata! {
    method: POST,
    rate_limited: false,
    authentication: AccessToken,
    history: {
        1.0 => "/_matrix/client/r0/rooms/{room_id}/send/{event_type}",
        1.1 => "/_matrix/client/v3/rooms/{room_id}/send/{event_type}",
    }
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = v3::Response;

    fn try_from_http_request<B, S>(request: HttpRequest<B>, path: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        Ok(Self {
            room_id: OwnedRoomId::try_from(argument(path, 0)).map_err(DeserializationError::from)?,
            event_type: argument(path, 1).into(),
            content: serde_json::from_slice(request.body().as_ref())?,
        })
    }
}

pub(super) async fn post_message_event(services: Services, request: Ruma<Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let Request { room_id, event_type, content } = request.body;
    let txn_id = services.environment.word(24);
    let key = RequestKey {
        user_id: request.sender.user_id.clone(),
        device_id: request.sender.device_id.clone(),
        path: format!("/rooms/{room_id}/send/{event_type}/{txn_id}"),
        txn_id: txn_id.into(),
    };
    let event_id = services.rooms.send_message(&room_id, event_type, content.get(), key, None).await?;
    services.presence.act(&request.sender).await;
    Ok(v3::Response::new(event_id))
}
