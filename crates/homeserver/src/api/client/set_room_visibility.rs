//! `PUT /_matrix/client/*/directory/list/room/{roomId}`

use ruma::api::client::{directory::set_room_visibility::v3, room::Visibility};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn set_room_visibility(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let published = request.visibility == Visibility::Public;
    services.rooms.publish(&request.room_id, &request.sender.user_id, published).await?;
    Ok(v3::Response::new())
}
