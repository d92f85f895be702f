//! `GET /_matrix/client/*/media/thumbnail/{serverName}/{mediaId}`

use axum::response::Response;
use ruma::{UInt, api::client::authenticated_media::get_content_thumbnail::v1, media::Method};

use crate::{
    MatrixError, Result,
    api::{Ruma, Stream, content},
    service::{Services, media::ThumbnailSize},
};

pub(super) async fn get_content_thumbnail(
    services: Services,
    request: Ruma<v1::Request>,
    stream: Stream,
) -> Result<Response> {
    let size = size(request.width, request.height, request.method.as_ref(), request.animated)?;
    let (server_name, media_id) = (&request.server_name, &request.media_id);
    let file = services.media.thumbnail(server_name, media_id, size, request.timeout_ms).await?;
    content::answer(file, &stream.headers).await
}

/// The size that is made for what is asked for.
pub(super) fn size(
    width: UInt,
    height: UInt,
    method: Option<&Method>,
    animated: Option<bool>,
) -> Result<ThumbnailSize> {
    let pixels = |side: UInt| u32::try_from(u64::from(side)).unwrap_or(u32::MAX);
    match (pixels(width), pixels(height)) {
        (0, _) | (_, 0) => Err(MatrixError::invalid_param("a picture without pixels cannot be made")),
        (width, height) => Ok(ThumbnailSize::for_request(width, height, method, animated == Some(true))),
    }
}
