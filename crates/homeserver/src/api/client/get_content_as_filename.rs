//! `GET /_matrix/client/*/media/download/{serverName}/{mediaId}/{fileName}`

use axum::response::Response;
use ruma::api::client::authenticated_media::get_content_as_filename::v1;

use crate::{
    Result,
    api::{Ruma, Stream, content},
    service::Services,
};

pub(super) async fn get_content_as_filename(
    services: Services,
    request: Ruma<v1::Request>,
    stream: Stream,
) -> Result<Response> {
    let mut file = services.media.download(&request.server_name, &request.media_id, request.timeout_ms).await?;
    file.description.file_name = Some(request.filename.clone());
    content::answer(file, &stream.headers).await
}
