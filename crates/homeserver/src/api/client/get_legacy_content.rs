//! `GET /_matrix/media/*/download/{serverName}/{mediaId}`, the same with a file name, and
//! `GET /_matrix/media/*/thumbnail/{serverName}/{mediaId}`: files at the paths from before they were
//! [authenticated], where the administrator gives them to whoever knows their address.
//!
//! [authenticated]: https://spec.matrix.org/v1.18/client-server-api/#content-repo-client-behaviour
#![expect(deprecated, reason = "clients older than version 1.11 ask here")]

use axum::response::Response;
use ruma::api::client::media::{get_content, get_content_as_filename, get_content_thumbnail};

use super::get_content_thumbnail::size;
use crate::{
    MatrixError, Result,
    api::{Ruma, Stream, content},
    service::Services,
};

pub(super) async fn get_legacy_content(
    services: Services,
    request: Ruma<get_content::v3::Request>,
    stream: Stream,
) -> Result<Response> {
    check(&services)?;
    let file = services.media.download(&request.server_name, &request.media_id, request.timeout_ms).await?;
    content::answer(file, &stream.headers).await
}

pub(super) async fn get_legacy_content_as_filename(
    services: Services,
    request: Ruma<get_content_as_filename::v3::Request>,
    stream: Stream,
) -> Result<Response> {
    check(&services)?;
    let mut file = services.media.download(&request.server_name, &request.media_id, request.timeout_ms).await?;
    file.description.file_name = Some(request.filename.clone());
    content::answer(file, &stream.headers).await
}

pub(super) async fn get_legacy_content_thumbnail(
    services: Services,
    request: Ruma<get_content_thumbnail::v3::Request>,
    stream: Stream,
) -> Result<Response> {
    check(&services)?;
    let size = size(request.width, request.height, request.method.as_ref(), request.animated)?;
    let (server_name, media_id) = (&request.server_name, &request.media_id);
    let file = services.media.thumbnail(server_name, media_id, size, request.timeout_ms).await?;
    content::answer(file, &stream.headers).await
}

fn check(services: &Services) -> Result<()> {
    if services.config.allow_legacy_media {
        return Ok(());
    }
    Err(MatrixError::not_found("files are given with a token only"))
}
