//! `GET /_matrix/client/v1/rooms/{roomId}/hierarchy`

use ruma::api::client::space::get_hierarchy::v1;

use crate::{
    Result,
    api::Ruma,
    service::{Services, rooms::hierarchy::HierarchyRequest},
};

pub(super) async fn get_hierarchy(services: Services, request: Ruma<v1::Request>) -> Result<v1::Response> {
    let wanted = HierarchyRequest {
        room_id: &request.room_id,
        user_id: &request.sender.user_id,
        suggested_only: request.suggested_only,
        limit: request.limit.map(u64::from),
        max_depth: request.max_depth.map(u64::from),
        from: request.from.as_deref(),
    };
    let page = services.rooms.hierarchy(wanted).await?;
    let mut response = v1::Response::new();
    response.rooms = page.rooms;
    response.next_batch = page.next;
    Ok(response)
}
