//! `GET /_matrix/client/*/user/{userId}/rooms/{roomId}/tags`

use ruma::api::client::tag::get_tags::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_tags(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    Ok(v3::Response::new(services.account_data.tags(user_id, &request.room_id).await?))
}
