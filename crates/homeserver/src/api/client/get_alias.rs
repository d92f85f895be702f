//! `GET /_matrix/client/*/directory/room/{roomAlias}`

use ruma::api::client::alias::get_alias::v3;

use crate::{MatrixError, Result, api::Ruma, service::Services};

pub(super) async fn get_alias(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let room_id = services.rooms.resolve(&request.room_alias).await?;
    let room_id = room_id.ok_or_else(|| MatrixError::not_found("there is no such alias"))?;
    Ok(v3::Response::new(room_id, vec![services.rooms.server_name().to_owned()]))
}
