//! `GET /_matrix/client/v3/initialSync`
//!
//! Ruma does not know it: it is from the time before `/sync`, and there are clients of that time.

use axum::extract::Query;
use ruma::api::{
    IncomingRequest,
    auth_scheme::AccessToken,
    error::{Error, FromHttpRequestError},
};
use serde::{Deserialize, de::Error as _};

use crate::{
    Result,
    api::{Ruma, json::Json},
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
        let query = Query::try_from_uri(request.uri());
        Ok(query.map_err(|error| serde_json::Error::custom(error.body_text()))?.0)
    }
}

pub(super) async fn initial_sync(services: Services, request: Ruma<Request>) -> Result<Json<Snapshot>> {
    snapshot(&services, &request.sender, request.limit, request.archived).await.map(Json)
}
