//! Requests to a homeserver by ruma's typed endpoints, with time limits and errors that say what can be done.

mod error;

use std::{borrow::Cow, cell::RefCell, pin::pin, rc::Rc, time::Duration};

use futures::future::{Either, select};
use ruma::api::{
    IncomingResponse, OutgoingRequest, SupportedVersions,
    auth_scheme::{AuthScheme, SendAccessToken},
    path_builder::{PathBuilder, SinglePath, VersionHistory},
};

pub(crate) use self::error::milliseconds;
pub use self::error::{MatrixError, RequestError, Retry};
use crate::port::{Clock, Transport, TransportError};

/// How long an ordinary request may take.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a homeserver may take for what asks other homeservers (joining) or moves files.
pub(crate) const SLOW_REQUEST_TIMEOUT: Duration = Duration::from_secs(180);

/// A homeserver, with the token of one of its accounts or without.
pub(crate) struct Homeserver {
    transport: Rc<dyn Transport>,
    clock: Rc<dyn Clock>,
    base_url: String,
    access_token: RefCell<Option<String>>,
    versions: RefCell<SupportedVersions>,
}

/// What the path of an endpoint is chosen by.
pub(crate) trait EndpointPath: PathBuilder {
    /// The input of this kind of path.
    fn input(versions: &SupportedVersions) -> Self::Input<'_>;
}

impl EndpointPath for VersionHistory {
    fn input(versions: &SupportedVersions) -> Self::Input<'_> {
        Cow::Borrowed(versions)
    }
}

impl EndpointPath for SinglePath {
    fn input(_: &SupportedVersions) -> Self::Input<'_> {}
}

/// The endpoints of the Client-Server API.
pub(crate) trait ClientRequest:
    OutgoingRequest<Authentication: for<'a> AuthScheme<Input<'a> = SendAccessToken<'a>>, PathBuilder: EndpointPath>
{
}

impl<R> ClientRequest for R where
    R: OutgoingRequest<Authentication: for<'a> AuthScheme<Input<'a> = SendAccessToken<'a>>, PathBuilder: EndpointPath>
{
}

impl Homeserver {
    pub(crate) fn new(
        transport: Rc<dyn Transport>,
        clock: Rc<dyn Clock>,
        base_url: String,
        access_token: Option<String>,
    ) -> Self {
        // Until the homeserver said otherwise: the paths of v1.11 are the last that moved (authenticated media).
        let versions = SupportedVersions::from_parts(&["v1.11".to_owned()], &Default::default());
        Self {
            transport,
            clock,
            base_url: base_url.trim_end_matches('/').to_owned(),
            access_token: RefCell::new(access_token),
            versions: RefCell::new(versions),
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn set_access_token(&self, access_token: Option<String>) {
        *self.access_token.borrow_mut() = access_token;
    }

    pub(crate) fn set_versions(&self, versions: SupportedVersions) {
        // A homeserver that names no version this build knows is asked in the way of the default above.
        if !versions.versions.is_empty() {
            *self.versions.borrow_mut() = versions;
        }
    }

    /// Sends a request within the ordinary time.
    pub(crate) async fn send<R: ClientRequest>(&self, request: R) -> Result<R::IncomingResponse, RequestError> {
        self.send_within(request, REQUEST_TIMEOUT).await
    }

    /// Sends a request within `limit`.
    pub(crate) async fn send_within<R: ClientRequest>(
        &self,
        request: R,
        limit: Duration,
    ) -> Result<R::IncomingResponse, RequestError> {
        read::<R>(self.send_raw(request, limit).await?)
    }

    /// Sends a request and answers what came, once its status says success; for bodies too large to be taken apart at
    /// once.
    pub(crate) async fn send_raw<R: ClientRequest>(
        &self,
        request: R,
        limit: Duration,
    ) -> Result<http::Response<Vec<u8>>, RequestError> {
        let token = self.access_token.borrow().clone();
        let request = self.http_request(request)?;
        let response = self.within(limit, self.transport.send(request)).await?;
        self.successful(response, token)
    }

    /// Uploads a request's body; `progress` is told the bytes sent. There is no time limit, a slow line is no error: the
    /// transport notices a broken one.
    pub(crate) async fn upload<R: ClientRequest>(
        &self,
        request: R,
        progress: &dyn Fn(u64),
    ) -> Result<R::IncomingResponse, RequestError> {
        let token = self.access_token.borrow().clone();
        let request = self.http_request(request)?;
        let response = self.transport.upload(request, progress).await.map_err(RequestError::Unreachable)?;
        read::<R>(self.successful(response, token)?)
    }

    /// Sends a request of the crypto machine, which has only path and query.
    pub(crate) async fn send_prepared(
        &self,
        mut request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, RequestError> {
        let target = format!("{}{}", self.base_url, request.uri());
        *request.uri_mut() =
            target.parse().map_err(|_| RequestError::Invalid("the address of a request".to_owned()))?;
        let token = self.access_token.borrow().clone();
        if let Some(token) = &token {
            let value = http::HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| RequestError::Invalid("the access token".to_owned()))?;
            request.headers_mut().insert(http::header::AUTHORIZATION, value);
        }
        let response = self.within(REQUEST_TIMEOUT, self.transport.send(request)).await?;
        self.successful(response, token)
    }

    /// An answer that says success. `token`: the one that was sent.
    fn successful(
        &self,
        response: http::Response<Vec<u8>>,
        token: Option<String>,
    ) -> Result<http::Response<Vec<u8>>, RequestError> {
        if response.status().is_success() {
            return Ok(response);
        }
        match RequestError::from_response(response) {
            // The person has logged in again meanwhile: what is over is the session before.
            RequestError::SessionEnded { .. } if token != *self.access_token.borrow() => {
                Err(RequestError::Unavailable(http::StatusCode::UNAUTHORIZED))
            }
            error => Err(error),
        }
    }

    fn http_request<R: ClientRequest>(&self, request: R) -> Result<http::Request<Vec<u8>>, RequestError> {
        let access_token = self.access_token.borrow();
        let authentication = match access_token.as_deref() {
            Some(token) => SendAccessToken::IfRequired(token),
            None => SendAccessToken::None,
        };
        let versions = self.versions.borrow();
        request
            .try_into_http_request(&self.base_url, authentication, R::PathBuilder::input(&versions))
            .map_err(|error| RequestError::Invalid(error.to_string()))
    }

    async fn within<F>(&self, limit: Duration, request: F) -> Result<http::Response<Vec<u8>>, RequestError>
    where
        F: Future<Output = Result<http::Response<Vec<u8>>, TransportError>>,
    {
        match select(pin!(request), pin!(self.clock.sleep(limit))).await {
            Either::Left((response, _)) => response.map_err(RequestError::Unreachable),
            Either::Right(((), _)) => Err(RequestError::TimedOut),
        }
    }
}

fn read<R: ClientRequest>(response: http::Response<Vec<u8>>) -> Result<R::IncomingResponse, RequestError> {
    R::IncomingResponse::try_from_http_response(response).map_err(|error| RequestError::Unexpected(error.to_string()))
}
