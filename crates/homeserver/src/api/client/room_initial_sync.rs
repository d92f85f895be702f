//! `GET /_matrix/client/v3/rooms/{roomId}/initialSync`
//!
//! Ruma does not know it: it is from the time before `/sync`, and there are clients of that time.

use ruma::{
    OwnedRoomId,
    api::{
        IncomingRequest,
        auth_scheme::AccessToken,
        error::{DeserializationError, Error, FromHttpRequestError},
    },
};
use serde::Deserialize;

use crate::{
    Result,
    api::{
        Ruma,
        json::Json,
        parts::{argument, query},
    },
    service::{
        Services,
        sync::old::{RoomSnapshot, room_snapshot},
    },
};

/// Which room to show.
pub(super) struct Request {
    room_id: OwnedRoomId,
    /// How many messages.
    limit: Option<usize>,
}

ruma::metadata! {
    method: GET,
    rate_limited: false,
    authentication: AccessToken,
    history: {
        1.0 => "/_matrix/client/r0/rooms/{room_id}/initialSync",
        1.1 => "/_matrix/client/v3/rooms/{room_id}/initialSync",
    }
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = Json<RoomSnapshot>;

    fn try_from_http_request<B, S>(request: http::Request<B>, path: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        #[derive(Deserialize)]
        struct Wishes {
            limit: Option<usize>,
        }
        Self::check_request_method(request.method())?;
        let Wishes { limit } = query(request.uri())?;
        Ok(Self { room_id: OwnedRoomId::try_from(argument(path, 0)).map_err(DeserializationError::from)?, limit })
    }
}

pub(super) async fn room_initial_sync(services: Services, request: Ruma<Request>) -> Result<Json<RoomSnapshot>> {
    room_snapshot(&services, &request.sender, &request.room_id, request.limit).await.map(Json)
}
