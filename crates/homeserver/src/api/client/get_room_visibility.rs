//! `GET /_matrix/client/*/directory/list/room/{roomId}`

use ruma::api::client::{directory::get_room_visibility::v3, room::Visibility};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_room_visibility(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let published = services.rooms.is_published(&request.room_id).await?;
    Ok(v3::Response::new(if published { Visibility::Public } else { Visibility::Private }))
}
