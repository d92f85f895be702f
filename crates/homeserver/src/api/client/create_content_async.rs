//! `PUT /_matrix/media/*/upload/{serverName}/{mediaId}`

use axum::response::{IntoResponse as _, Response};
use http::header;
use ruma::api::client::media::create_content_async::v3;

use crate::{
    Result,
    api::{Ruma, Stream, content},
    service::{Services, media::Description},
};

pub(super) async fn create_content_async(
    services: Services,
    request: Ruma<v3::Request>,
    stream: Stream,
) -> Result<Response> {
    content::check_length(&stream.headers, services.config.max_upload_size)?;
    let description = Description { content_type: request.content_type.clone(), file_name: request.filename.clone() };
    let (server_name, media_id) = (&request.server_name, &request.media_id);
    let user_id = &request.sender.user_id;
    services.media.upload_to(user_id, server_name, media_id, stream.body, description).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], "{}").into_response())
}
