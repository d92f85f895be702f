//! `POST /_matrix/client/*/rooms/{roomId}/forget`

use ruma::api::client::membership::forget_room::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn forget_room(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.rooms.forget(&request.room_id, &request.sender.user_id).await?;
    Ok(v3::Response::new())
}
