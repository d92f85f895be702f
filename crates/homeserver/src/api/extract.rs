//! From the wire to ruma's request types, with the specification's errors for everything that is
//! not one.

use std::{
    net::IpAddr,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, FromRequestParts, Query, RawPathParams, Request},
};
use bytes::BytesMut;
use futures::StreamExt;
use http::{HeaderMap, Method, Uri, header, request::Parts};
use ruma::api::{
    IncomingRequest, Metadata,
    error::{DeserializationError, FromHttpRequestError},
};

use super::access::{Access, Credentials, Sender, admits_guests};
use crate::{
    MatrixError, Result,
    service::{Services, limits::Action},
};

/// The most a JSON body may hold unless its endpoint says otherwise: what the largest event takes.
pub const DEFAULT_BODY_LIMIT: usize = 64 * 1024;

/// How deep lists and objects of a JSON body may lie in each other. Readers stop at 128, and what is taken here stands
/// deeper in what is answered later.
const DEPTH_LIMIT: usize = 100;

/// A request of type `T`, admitted, and by whom. Dereferences to the request.
pub struct Ruma<T: Metadata<Authentication: Access>> {
    /// The request.
    pub body: T,
    /// The sender: [`Sender`](super::Sender) where the endpoint needs a token, an option of it
    /// where it takes one, nothing where it is open.
    pub sender: SenderOf<T>,
    /// Where the request came from, for rate limits.
    pub address: Option<IpAddr>,
    /// The body as it came; empty where it is left to the handler.
    pub raw: Bytes,
    /// Where it was sent to.
    pub uri: Uri,
}

type SenderOf<T> = <<T as Metadata>::Authentication as Access>::Sender;

impl<T: Metadata<Authentication: Access>> Deref for Ruma<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: IncomingRequest<Authentication: Access>> Ruma<T> {
    /// Admits, reads and parses a request, in this order: a stranger's body is not worth reading.
    pub(super) async fn extract(services: &Services, request: Request, body_limit: usize) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let (sender, address) = Self::admit(services, &parts).await?;
        let path_args = path_args(&mut parts).await?;
        let mut body = read(&parts.headers, body, body_limit).await?;
        if is_deeper(&body, DEPTH_LIMIT) {
            return Err(MatrixError::bad_json(format!("the body is nested deeper than {DEPTH_LIMIT} levels")));
        }
        if body.is_empty() && parts.method == Method::POST {
            // Many clients send nothing where everything is optional, to join a room for example.
            body = Bytes::from_static(b"{}");
        }
        let raw = body.clone();
        let uri = parts.uri.clone();
        let body = parse(http::Request::from_parts(parts, body), &path_args)?;
        Ok(Self { body, sender, address, raw, uri })
    }

    /// The same, but leaves the body to the handler: what is parsed has none.
    pub(super) async fn extract_head(services: &Services, request: Request) -> Result<(Self, Stream)> {
        let (mut parts, body) = request.into_parts();
        let (sender, address) = Self::admit(services, &parts).await?;
        let path_args = path_args(&mut parts).await?;
        let stream = Stream { headers: parts.headers.clone(), body };
        let uri = parts.uri.clone();
        let body = parse(http::Request::from_parts(parts, Bytes::new()), &path_args)?;
        Ok((Self { body, sender, address, raw: Bytes::new(), uri }, stream))
    }

    /// An argument of the query as it came, for what ruma's type leaves out.
    pub(super) fn argument(&self, name: &str) -> Option<String> {
        let Query(arguments) = Query::<Vec<(String, String)>>::try_from_uri(&self.uri).ok()?;
        arguments.into_iter().find(|(argument, _)| argument == name).map(|(_, value)| value)
    }

    async fn admit(services: &Services, parts: &Parts) -> Result<(SenderOf<T>, Option<IpAddr>)> {
        let address = client_address(parts);
        let allow_query = services.config.allow_query_tokens;
        let credentials = Credentials::of(&parts.headers, &parts.uri, address, allow_query);
        let credentials = credentials.admitting_guests(admits_guests::<T>());
        let sender = T::Authentication::admit(services, credentials).await?;
        if T::RATE_LIMITED {
            count(services, T::Authentication::known(&sender), address)?;
        }
        Ok((sender, address))
    }
}

/// Counts a request of those that the specification limits.
fn count(services: &Services, sender: Option<&Sender>, address: Option<IpAddr>) -> Result<()> {
    match (sender, address) {
        (Some(Sender { user_id, device_id }), _) => {
            services.limits.take(Action::RequestOfDevice, format!("{user_id} {device_id}"))?;
            services.limits.take(Action::RequestOfUser, user_id.as_str())
        }
        (None, Some(address)) => services.limits.take(Action::RequestFromAddress, address.to_string()),
        (None, None) => Ok(()),
    }
}

/// The part of a request that is not held in memory, for endpoints that move files.
pub struct Stream {
    /// The headers as they came.
    pub headers: HeaderMap,
    /// The body, not yet read.
    pub body: Body,
}

/// Parses, and survives it: ruma indexes into some bodies before it knows their shape, for example
/// into a log-in that names no type.
fn parse<T: IncomingRequest>(request: http::Request<Bytes>, path_args: &[String]) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| T::try_from_http_request(request, path_args)))
        .unwrap_or_else(|_| Err(DeserializationError::Json(serde::de::Error::custom("a field is missing")).into()))
        .map_err(refusal)
}

/// The variables of the path, decoded, in their order.
async fn path_args(parts: &mut Parts) -> Result<Vec<String>> {
    let params = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|error| MatrixError::invalid_param(error.body_text()))?;
    let args: Vec<String> = params.iter().map(|(_, value)| value.to_owned()).collect();
    // No identifier may contain it, and PostgreSQL's text cannot.
    if args.iter().any(|arg| arg.contains('\0')) {
        return Err(MatrixError::invalid_param("the path contains a null character"));
    }
    Ok(args)
}

/// Reads a body up to its limit.
async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes> {
    let too_large = || MatrixError::too_large(format!("the body is larger than {limit} bytes"));
    let declared: Option<usize> =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::with_capacity(declared.unwrap_or_default());
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| MatrixError::not_json("the body ended early"))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Whether lists and objects lie in each other deeper than this. Reads no more of JSON than that takes.
fn is_deeper(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// The peer's address, or behind a proxy on this machine the one it reports.
pub(crate) fn client_address(parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>()?;
    if !peer.ip().is_loopback() {
        return Some(peer.ip());
    }
    // The last entry is the one our own proxy added; the others are the client's word.
    let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|value| value.rsplit(',').next()?.trim().parse().ok());
    Some(last.unwrap_or(peer.ip()))
}

/// The specification's error for a request that is none.
fn refusal(error: FromHttpRequestError) -> MatrixError {
    let message = error.to_string();
    match error {
        FromHttpRequestError::MethodMismatch { .. } => MatrixError::method_not_allowed(message),
        FromHttpRequestError::Deserialization(error) => match error {
            DeserializationError::Json(json) if json.is_data() => MatrixError::bad_json(message),
            DeserializationError::Json(_) | DeserializationError::Utf8(_) => MatrixError::not_json(message),
            _ if message.contains("missing field") => MatrixError::missing_param(message),
            _ => MatrixError::invalid_param(message),
        },
        _ => MatrixError::unknown(message),
    }
}

#[cfg(test)]
mod tests {
    use super::is_deeper;

    #[test]
    fn brackets_in_texts_do_not_count() {
        assert!(!is_deeper(br#"{"a":["[[[[\"[[["],"b":{}}"#, 2));
        assert!(is_deeper(br#"{"a":[["x"]]}"#, 2));
        assert!(!is_deeper(br#"[[]],[[]]"#, 2));
    }
}
