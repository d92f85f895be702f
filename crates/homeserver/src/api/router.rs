//! The table of endpoints. An endpoint registers itself with one line, `.ruma(send_message_event)`:
//! ruma's metadata knows its method and all its paths.

use std::{collections::BTreeSet, panic::AssertUnwindSafe};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, any, on},
};
use futures::FutureExt as _;
use ruma::api::{IncomingRequest, Metadata, OutgoingResponse, path_builder::PathBuilder};

use super::{
    access::Access,
    admin, client, cors,
    extract::{DEFAULT_BODY_LIMIT, Ruma, Stream},
    trace,
};
use crate::{MatrixError, Result, bundle, service::Services};

/// Everything we answer.
pub fn router(services: Services) -> Router {
    Router::new()
        .merge(client::endpoints())
        .merge(admin::endpoints())
        .method_not_allowed_fallback(method_not_allowed)
        .route("/_matrix/{*rest}", any(unrecognized))
        .route("/_synapse/{*rest}", any(unrecognized))
        .layer(middleware::from_fn(survive))
        .layer(middleware::from_fn(cors::layer))
        .layer(middleware::from_fn(trace::layer))
        // Added after the layer: the client's own files are for its own origin.
        .fallback(bundle::serve)
        .with_state(services)
}

/// A panic would close the connection and tell the client nothing.
async fn survive(request: Request, next: Next) -> Response {
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered.unwrap_or_else(|_| MatrixError::internal("a handler panicked").into_response())
}

async fn unrecognized() -> MatrixError {
    MatrixError::unrecognized("unrecognized request")
}

async fn method_not_allowed() -> MatrixError {
    MatrixError::method_not_allowed("the endpoint does not know this method")
}

/// A handler of requests of type `T`: any
/// `async fn(Services, Ruma<T>) -> Result<T::OutgoingResponse>`.
pub trait Handler<T: IncomingRequest<Authentication: Access>>: Clone + Send + Sync + 'static {
    /// Does what the request asks.
    fn handle(self, services: Services, request: Ruma<T>) -> impl Future<Output = Result<T::OutgoingResponse>> + Send;
}

impl<T, F, Fut> Handler<T> for F
where
    T: IncomingRequest<Authentication: Access>,
    F: FnOnce(Services, Ruma<T>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<T::OutgoingResponse>> + Send,
{
    fn handle(self, services: Services, request: Ruma<T>) -> impl Future<Output = Result<T::OutgoingResponse>> + Send {
        self(services, request)
    }
}

/// A handler of requests whose body, or whose answer's, is a file: any
/// `async fn(Services, Ruma<T>, Stream) -> Result<Response>`.
pub trait StreamHandler<T: IncomingRequest<Authentication: Access>>: Clone + Send + Sync + 'static {
    /// Does what the request asks.
    fn handle(
        self,
        services: Services,
        request: Ruma<T>,
        stream: Stream,
    ) -> impl Future<Output = Result<Response>> + Send;
}

impl<T, F, Fut> StreamHandler<T> for F
where
    T: IncomingRequest<Authentication: Access>,
    F: FnOnce(Services, Ruma<T>, Stream) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Response>> + Send,
{
    fn handle(
        self,
        services: Services,
        request: Ruma<T>,
        stream: Stream,
    ) -> impl Future<Output = Result<Response>> + Send {
        self(services, request, stream)
    }
}

/// Registers endpoints by their ruma request type.
pub trait Endpoints: Sized {
    /// Registers a handler at every path its request type knows.
    fn ruma<T, H>(self, handler: H) -> Self
    where
        T: IncomingRequest<Authentication: Access> + Send + 'static,
        T::OutgoingResponse: Send,
        H: Handler<T>,
    {
        self.ruma_with_limit(DEFAULT_BODY_LIMIT, handler)
    }

    /// The same for an endpoint whose body may be larger, or has to be smaller, than most.
    fn ruma_with_limit<T, H>(self, body_limit: usize, handler: H) -> Self
    where
        T: IncomingRequest<Authentication: Access> + Send + 'static,
        T::OutgoingResponse: Send,
        H: Handler<T>;

    /// The same for an endpoint that takes or gives a file.
    fn ruma_stream<T, H>(self, handler: H) -> Self
    where
        T: IncomingRequest<Authentication: Access> + Send + 'static,
        H: StreamHandler<T>;
}

impl Endpoints for Router<Services> {
    fn ruma_with_limit<T, H>(mut self, body_limit: usize, handler: H) -> Self
    where
        T: IncomingRequest<Authentication: Access> + Send + 'static,
        T::OutgoingResponse: Send,
        H: Handler<T>,
    {
        for path in paths::<T>() {
            let handler = handler.clone();
            let endpoint = move |State(services): State<Services>, request: Request| {
                answer::<T, H>(handler, services, request, body_limit)
            };
            self = self.route(&path, on(filter::<T>(), endpoint));
        }
        self
    }

    fn ruma_stream<T, H>(mut self, handler: H) -> Self
    where
        T: IncomingRequest<Authentication: Access> + Send + 'static,
        H: StreamHandler<T>,
    {
        for path in paths::<T>() {
            let handler = handler.clone();
            let endpoint = move |State(services): State<Services>, request: Request| async move {
                let (request, stream) = Ruma::<T>::extract_head(&services, request).await?;
                handler.handle(services, request, stream).await
            };
            self = self.route(&path, on(filter::<T>(), endpoint));
        }
        self
    }
}

fn filter<T: Metadata>() -> MethodFilter {
    MethodFilter::try_from(T::METHOD).expect("endpoints of the specification use methods that axum knows")
}

fn paths<T: Metadata>() -> BTreeSet<String> {
    T::PATH_BUILDER.all_paths().flat_map(served_paths).collect()
}

async fn answer<T, H>(handler: H, services: Services, request: Request, body_limit: usize) -> Result<Response>
where
    T: IncomingRequest<Authentication: Access>,
    H: Handler<T>,
{
    let limit = services.config.request_timeout;
    // Who waits for news says how long.
    let waits = request.uri().path().contains("/sync");
    let answered = async {
        let request = Ruma::<T>::extract(&services, request, body_limit).await?;
        handler.handle(services.clone(), request).await
    };
    let response = if waits {
        answered.await?
    } else {
        // Units of work that have begun run to their end; only the answer is given up.
        tokio::time::timeout(limit, answered).await.map_err(|_| MatrixError::timed_out("this took too long"))??
    };
    let response = response.try_into_http_response::<Vec<u8>>().map_err(MatrixError::internal)?;
    Ok(response.map(axum::body::Body::from).into_response())
}

/// The paths to register for one of ruma's. Variables lose their names, since two endpoints may
/// name the same place differently; an empty state key may be written with or without its slash.
fn served_paths(path: &str) -> Vec<String> {
    let mut variables = 0;
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            variables += 1;
            format!("{{arg{variables}}}")
        } else {
            segment.to_owned()
        }
    });
    let served = segments.collect::<Vec<_>>().join("/");
    let mut paths = Vec::with_capacity(3);
    if path.ends_with("/{state_key}")
        && let Some((stem, _)) = served.rsplit_once('/')
    {
        paths.extend([stem.to_owned(), format!("{stem}/")]);
    }
    paths.push(served);
    paths
}

#[cfg(test)]
mod tests {
    use super::served_paths;

    #[test]
    fn variables_are_named_by_their_place() {
        assert_eq!(served_paths("/a/{room_id}/b/{event_id}"), ["/a/{arg1}/b/{arg2}"]);
    }

    #[test]
    fn an_empty_state_key_needs_no_segment() {
        let paths = served_paths("/state/{event_type}/{state_key}");
        assert_eq!(paths, ["/state/{arg1}", "/state/{arg1}/", "/state/{arg1}/{arg2}"]);
    }
}
