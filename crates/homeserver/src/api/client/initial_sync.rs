//! `GET /_matrix/client/v3/initialSync`
//!
//! Ruma does not know it: it is from the time before `/sync`, and there are clients of that time.

use ruma::api::{
    IncomingRequest,
    auth_scheme::AccessToken,
    error::{Error, FromHttpRequestError},
};
use serde::Deserialize;

use crate::{
    Result,
    api::{Ruma, json::Json, parts::query},
    service::{
        Services,
        sync::old::{Snapshot, snapshot},
    },
};

/// What to show.
#[derive(Deserialize)]
pub(super) struct Request {
    /// How many messages of each room.
    limit: Option<usize>,
    /// The rooms that were left as well.
    #[serde(default)]
    archived: bool,
}

ruma::metadata! {
    method: GET,
    rate_limited: false,
    authentication: AccessToken,
    history: {
        1.0 => "/_matrix/client/r0/initialSync",
        1.1 => "/_matrix/client/v3/initialSync",
    }
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = Json<Snapshot>;

    fn try_from_http_request<B, S>(request: http::Request<B>, _: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        query(request.uri())
    }
}

pub(super) async fn initial_sync(services: Services, request: Ruma<Request>) -> Result<Json<Snapshot>> {
    snapshot(&services, &request.sender, request.limit, request.archived).await.map(Json)
}
