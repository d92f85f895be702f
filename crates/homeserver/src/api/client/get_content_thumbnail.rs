//! `GET /_matrix/client/*/media/thumbnail/{serverName}/{mediaId}`

use axum::response::Response;
use ruma::{UInt, api::client::authenticated_media::get_content_thumbnail::v1};

use crate::{
    Result,
    api::{Ruma, Stream, content},
    service::{Services, media::ThumbnailSize},
};

pub(super) async fn get_content_thumbnail(
    services: Services,
    request: Ruma<v1::Request>,
    stream: Stream,
) -> Result<Response> {
    let pixels = |side: UInt| u32::try_from(u64::from(side)).unwrap_or(u32::MAX);
    let (width, height) = (pixels(request.width), pixels(request.height));
    let size = ThumbnailSize::for_request(width, height, request.method.as_ref());
    let (server_name, media_id) = (&request.server_name, &request.media_id);
    let file = services.media.thumbnail(server_name, media_id, size, request.timeout_ms).await?;
    content::answer(file, &stream.headers).await
}
