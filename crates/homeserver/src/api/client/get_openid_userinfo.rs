//! `GET /_matrix/federation/v1/openid/userinfo`: asked by third parties, not by servers

use ruma::api::{
    IncomingRequest,
    auth_scheme::NoAuthentication,
    error::{Error, FromHttpRequestError},
    federation::openid::get_openid_userinfo::v1,
};
use serde::Deserialize;

use crate::{
    MatrixError, Result,
    api::{Ruma, parts::query},
    service::{Services, user_tokens::Purpose},
};

/// Whose token. To ruma a request without one is none; here it is one that is not let in.
#[derive(Deserialize)]
pub(super) struct Request {
    access_token: Option<String>,
}

ruma::metadata! {
    method: GET,
    rate_limited: false,
    authentication: NoAuthentication,
    path: "/_matrix/federation/v1/openid/userinfo",
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = v1::Response;

    fn try_from_http_request<B, S>(request: http::Request<B>, _: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        query(request.uri())
    }
}

pub(super) async fn get_openid_userinfo(services: Services, request: Ruma<Request>) -> Result<v1::Response> {
    let token = request.access_token.as_deref().ok_or_else(|| MatrixError::missing_token("missing access token"))?;
    let owner = services.user_tokens.owner(token, Purpose::OpenId).await?;
    Ok(v1::Response::new(owner.ok_or_else(|| MatrixError::unknown_token(false))?))
}
