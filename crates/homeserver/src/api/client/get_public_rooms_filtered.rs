//! `POST /_matrix/client/*/publicRooms`

use ruma::{api::client::directory::get_public_rooms_filtered::v3, directory::RoomNetwork};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_public_rooms_filtered(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if let RoomNetwork::ThirdParty(_) = &request.room_network {
        // There is no bridge to another network.
        return Ok(v3::Response::new());
    }
    let limit = request.limit.and_then(|limit| usize::try_from(limit).ok());
    let server = request.server.as_deref();
    let page = services.rooms.public_rooms(server, Some(&request.filter), request.since.as_deref(), limit).await?;
    let mut response = v3::Response::new();
    response.chunk = page.rooms;
    response.next_batch = page.next;
    response.prev_batch = page.previous;
    response.total_room_count_estimate = page.total;
    Ok(response)
}
