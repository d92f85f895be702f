//! `PUT /_matrix/client/*/directory/room/{roomAlias}`

use ruma::api::client::alias::create_alias::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn create_alias(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (alias, room_id) = (request.room_alias.clone(), request.room_id.clone());
    services.rooms.add_alias(alias, room_id, request.sender.user_id.clone()).await?;
    Ok(v3::Response::new())
}
