//! `GET /_matrix/client/*/publicRooms`

use ruma::api::client::directory::get_public_rooms::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_public_rooms(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let limit = request.limit.and_then(|limit| usize::try_from(limit).ok());
    let page = services.rooms.public_rooms(request.server.as_deref(), None, request.since.as_deref(), limit).await?;
    let mut response = v3::Response::new(page.rooms);
    response.next_batch = page.next;
    response.prev_batch = page.previous;
    response.total_room_count_estimate = page.total;
    Ok(response)
}
