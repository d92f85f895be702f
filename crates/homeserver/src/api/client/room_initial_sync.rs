//! `GET /_matrix/client/v3/rooms/{roomId}/initialSync`
//!
//! Ruma does not know it: it is from the time before `/sync`, and there are clients of that time.

use bytes::BufMut;
use http::header;
use ruma::{
    OwnedRoomId,
    api::{
        Direction, IncomingRequest, OutgoingResponse,
        auth_scheme::AccessToken,
        client::filter::RoomEventFilter,
        error::{DeserializationError, Error, FromHttpRequestError, IntoHttpError},
    },
    events::{AnyTimelineEvent, room::member::MembershipState},
    serde::Raw,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    Result,
    api::Ruma,
    service::{Services, timeline::messages::PageRequest},
};

/// The newest messages of a room that come with it.
const LIMIT: usize = 20;

/// Which room to show.
pub(super) struct Request {
    room_id: OwnedRoomId,
}

/// A room as it is now, or as its former member left it.
#[derive(Serialize)]
pub(super) struct Response {
    room_id: OwnedRoomId,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<MembershipState>,
    visibility: &'static str,
    messages: Messages,
    state: Vec<Raw<AnyTimelineEvent>>,
    account_data: Vec<std::sync::Arc<RawValue>>,
}

/// A page of messages, oldest first.
#[derive(Serialize)]
struct Messages {
    start: String,
    end: String,
    chunk: Vec<Raw<AnyTimelineEvent>>,
}

ruma::metadata! {
    method: GET,
    rate_limited: false,
    authentication: AccessToken,
    path: "/_matrix/client/v3/rooms/{room_id}/initialSync",
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = Response;

    fn try_from_http_request<B, S>(request: http::Request<B>, path: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        let room_id = path.first().map(AsRef::as_ref).unwrap_or_default();
        Ok(Self { room_id: OwnedRoomId::try_from(room_id).map_err(DeserializationError::from)? })
    }
}

impl OutgoingResponse for Response {
    fn try_into_http_response<T: Default + BufMut>(self) -> Result<http::Response<T>, IntoHttpError> {
        let mut body = T::default();
        body.put_slice(&serde_json::to_vec(&self)?);
        Ok(http::Response::builder().header(header::CONTENT_TYPE, "application/json").body(body)?)
    }
}

pub(super) async fn room_initial_sync(services: Services, request: Ruma<Request>) -> Result<Response> {
    let (room_id, ids) = (&request.room_id, request.sender.ids());
    let filter = RoomEventFilter::default();
    let (user_id, direction) = (ids.0, Direction::Backward);
    let page = PageRequest { room_id, user_id, from: None, to: None, direction, limit: LIMIT, filter: &filter };
    let mut page = services.rooms.messages(page).await?;
    page.events.reverse();
    let state = services.rooms.state(room_id, user_id).await?;
    let published = services.rooms.is_published(room_id).await?;
    let account_data = services.account_data.of_room(user_id, room_id).await?;
    Ok(Response {
        room_id: room_id.clone(),
        membership: page.history.membership().cloned(),
        visibility: if published { "public" } else { "private" },
        messages: Messages {
            // Oldest first: the page was read the other way.
            start: page.end.unwrap_or(page.start).to_string(),
            end: page.start.to_string(),
            chunk: services.rooms.show(ids, Some(&page.history), &page.events).await?,
        },
        state: services.rooms.show(ids, None, &state).await?,
        account_data,
    })
}
