//! Answers in JSON of our own making, where ruma has no type for them or writes them otherwise than clients
//! expect.

use std::{marker::PhantomData, ops::Deref};

use bytes::BufMut;
use http::{Method, header};
use ruma::api::{
    IncomingRequest, Metadata, OutgoingResponse,
    error::{FromHttpRequestError, IntoHttpError},
};
use serde::Serialize;

/// An answer that is written as it is.
pub(super) struct Json<B>(pub(super) B);

impl<B: Serialize> OutgoingResponse for Json<B> {
    fn try_into_http_response<T: Default + BufMut>(self) -> Result<http::Response<T>, IntoHttpError> {
        let mut body = T::default();
        body.put_slice(&serde_json::to_vec(&self.0)?);
        Ok(http::Response::builder().header(header::CONTENT_TYPE, "application/json").body(body)?)
    }
}

/// A request of ruma's, answered with a `B` of ours.
pub(super) struct AnsweredWith<B, T> {
    pub(super) request: T,
    answer: PhantomData<fn() -> B>,
}

impl<B, T> Deref for AnsweredWith<B, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.request
    }
}

impl<B, T: Metadata> Metadata for AnsweredWith<B, T> {
    const METHOD: Method = T::METHOD;
    const RATE_LIMITED: bool = T::RATE_LIMITED;
    type Authentication = T::Authentication;
    type PathBuilder = T::PathBuilder;
    const PATH_BUILDER: Self::PathBuilder = T::PATH_BUILDER;
}

impl<B: Serialize, T: IncomingRequest> IncomingRequest for AnsweredWith<B, T> {
    type EndpointError = T::EndpointError;
    type OutgoingResponse = Json<B>;

    fn try_from_http_request<R, S>(request: http::Request<R>, path: &[S]) -> Result<Self, FromHttpRequestError>
    where
        R: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Ok(Self { request: T::try_from_http_request(request, path)?, answer: PhantomData })
    }
}
