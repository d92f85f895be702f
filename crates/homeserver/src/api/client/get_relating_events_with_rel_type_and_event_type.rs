//! `GET /_matrix/client/*/rooms/{roomId}/relations/{eventId}/{relType}/{eventType}`

use ruma::api::client::relations::get_relating_events_with_rel_type_and_event_type::v1;

use super::relations::{limit, page, token};
use crate::{
    Result,
    api::Ruma,
    service::{Services, timeline::relations::RelationsRequest},
};

pub(super) async fn get_relating_events_with_rel_type_and_event_type(
    services: Services,
    request: Ruma<v1::Request>,
) -> Result<v1::Response> {
    let wanted = RelationsRequest {
        room_id: &request.room_id,
        event_id: &request.event_id,
        user_id: &request.sender.user_id,
        rel_type: Some(request.rel_type.to_string()),
        event_type: Some(request.event_type.to_string()),
        from: token(request.from.as_ref())?,
        to: token(request.to.as_ref())?,
        direction: request.dir,
        limit: limit(request.limit),
        recurse: request.recurse,
    };
    page(&services, &request.sender, wanted).await
}
