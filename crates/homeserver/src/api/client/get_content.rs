//! `GET /_matrix/client/*/media/download/{serverName}/{mediaId}`

use axum::response::Response;
use ruma::api::client::authenticated_media::get_content::v1;

use crate::{
    Result,
    api::{Ruma, Stream, content},
    service::Services,
};

pub(super) async fn get_content(services: Services, request: Ruma<v1::Request>, stream: Stream) -> Result<Response> {
    let file = services.media.download(&request.server_name, &request.media_id, request.timeout_ms).await?;
    content::answer(file, &stream.headers).await
}
