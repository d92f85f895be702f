//! `GET /_matrix/client/*/rooms/{roomId}/threads`

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::Uri;
use ruma::api::{
    OutgoingResponse as _,
    client::threads::get_threads::v1::{self, IncludeThreads},
};

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{
        Services,
        timeline::{Token, threads::ThreadsRequest},
    },
};

/// Where it is served.
pub(super) const PATHS: [&str; 2] =
    ["/_matrix/client/v1/rooms/{arg1}/threads", "/_matrix/client/unstable/org.matrix.msc3856/rooms/{arg1}/threads"];

pub(super) async fn get_threads(State(services): State<Services>, request: Request) -> Result<Response> {
    let request = Ruma::<v1::Request>::extract(&services, with_include(request)?, 0).await?;
    let wanted = ThreadsRequest {
        room_id: &request.room_id,
        user_id: &request.sender.user_id,
        participated: request.include == IncludeThreads::Participated,
        from: request.from.as_deref().map(Token::parse).transpose()?,
        limit: request.limit.and_then(|limit| usize::try_from(limit).ok()),
    };
    let page = services.rooms.threads(wanted).await?;
    let roots = services.rooms.show(request.sender.ids(), Some(&page.history), &page.roots).await?;
    let mut response = v1::Response::new(roots);
    response.next_batch = page.next.map(|token| token.to_string());
    let response = response.try_into_http_response::<Vec<u8>>().map_err(MatrixError::internal)?;
    Ok(response.map(Body::from))
}

/// Adds which threads are meant where the client does not say: ruma 0.16 refuses to read a request without
/// it.
fn with_include(mut request: Request) -> Result<Request> {
    let query = request.uri().query().unwrap_or_default();
    if query.split('&').any(|pair| pair.starts_with("include=")) {
        return Ok(request);
    }
    let path = request.uri().path();
    *request.uri_mut() = format!("{path}?{query}&include=all").parse::<Uri>().map_err(MatrixError::internal)?;
    Ok(request)
}
