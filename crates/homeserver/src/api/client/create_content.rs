//! `POST /_matrix/media/*/upload`

use axum::response::{IntoResponse as _, Response};
use ruma::api::{OutgoingResponse as _, client::media::create_content::v3};

use crate::{
    MatrixError, Result,
    api::{Ruma, Stream, content},
    service::{Services, media::Description},
};

pub(super) async fn create_content(services: Services, request: Ruma<v3::Request>, stream: Stream) -> Result<Response> {
    content::check_length(&stream.headers, services.config.max_upload_size)?;
    let description = Description { content_type: request.content_type.clone(), file_name: request.filename.clone() };
    let uri = services.media.upload(&request.sender.user_id, stream.body, description).await?;
    let response = v3::Response::new(uri).try_into_http_response::<Vec<u8>>().map_err(MatrixError::internal)?;
    Ok(response.map(axum::body::Body::from).into_response())
}
