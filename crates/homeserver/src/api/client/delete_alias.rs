//! `DELETE /_matrix/client/*/directory/room/{roomAlias}`

use ruma::api::client::alias::delete_alias::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn delete_alias(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.rooms.remove_alias(&request.room_alias, &request.sender.user_id).await?;
    Ok(v3::Response::new())
}
