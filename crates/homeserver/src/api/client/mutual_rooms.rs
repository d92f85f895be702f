//! `GET /_matrix/client/v1/mutual_rooms`
//!
//! Ruma knows it only as it was before version 1.19 of the specification, and its macros work in no other
//! crate: so the request and its answer are read and written here.

use bytes::BufMut;
use http::header;
use ruma::{
    OwnedRoomId, OwnedUserId,
    api::{
        IncomingRequest, OutgoingResponse,
        auth_scheme::AccessToken,
        error::{Error, FromHttpRequestError, IntoHttpError},
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    MatrixError, Result,
    api::{Ruma, parts::query},
    service::Services,
};

/// Which rooms the sender shares with a user.
#[derive(Deserialize)]
pub(super) struct Request {
    user_id: Option<String>,
    /// Where the page begins.
    from: Option<String>,
}

/// A page of rooms.
#[derive(Serialize)]
pub(super) struct Response {
    joined: Vec<OwnedRoomId>,
    count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_batch: Option<String>,
}

ruma::metadata! {
    method: GET,
    rate_limited: true,
    authentication: AccessToken,
    path: "/_matrix/client/v1/mutual_rooms",
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = Response;

    fn try_from_http_request<B, S>(request: http::Request<B>, _: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        query(request.uri())
    }
}

impl OutgoingResponse for Response {
    fn try_into_http_response<T: Default + BufMut>(self) -> Result<http::Response<T>, IntoHttpError> {
        let mut body = T::default();
        body.put_slice(&serde_json::to_vec(&self)?);
        Ok(http::Response::builder().header(header::CONTENT_TYPE, "application/json").body(body)?)
    }
}

pub(super) async fn mutual_rooms(services: Services, request: Ruma<Request>) -> Result<Response> {
    let user_id = request.user_id.as_deref().ok_or_else(|| MatrixError::missing_param("`user_id` is missing"))?;
    let other = OwnedUserId::try_from(user_id).map_err(|_| MatrixError::invalid_param("this is no user ID"))?;
    let page = services.rooms.mutual_rooms(&request.sender.user_id, &other, request.from.as_deref()).await?;
    Ok(Response { joined: page.joined, count: page.count, next_batch: page.next })
}
