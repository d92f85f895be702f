//! `POST /_matrix/media/*/create`

use ruma::api::client::media::create_mxc_uri::v1;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn create_mxc_uri(services: Services, request: Ruma<v1::Request>) -> Result<v1::Response> {
    let (uri, expires_at) = services.media.create(&request.sender.user_id).await?;
    let mut response = v1::Response::new(uri);
    response.unused_expires_at = Some(expires_at);
    Ok(response)
}
