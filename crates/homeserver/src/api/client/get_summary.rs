//! `GET /_matrix/client/v1/room_summary/{roomIdOrAlias}`

use ruma::api::client::room::get_summary::v1;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_summary(services: Services, request: Ruma<v1::Request>) -> Result<v1::Response> {
    let user_id = request.sender.as_ref().map(|sender| &*sender.user_id);
    let (summary, membership) = services.rooms.summary(&request.room_id_or_alias, user_id).await?;
    let mut response = v1::Response::new(summary);
    response.membership = membership;
    Ok(response)
}
