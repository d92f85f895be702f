//! `GET /_matrix/client/*/rooms/{roomId}/relations/{eventId}/{relType}/{eventType}`

use ruma::api::client::relations::get_relating_events_with_rel_type_and_event_type::v1;

use crate::{
    Result,
    api::Ruma,
    service::{
        Services,
        timeline::{
            Token,
            relations::{RECURSION_DEPTH, RelationsRequest},
        },
    },
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
        from: request.from.as_deref().map(Token::parse).transpose()?,
        to: request.to.as_deref().map(Token::parse).transpose()?,
        direction: request.dir,
        limit: request.limit.and_then(|limit| usize::try_from(limit).ok()),
        recurse: request.recurse,
    };
    let page = services.rooms.relations(&wanted).await?;
    let mut response =
        v1::Response::new(services.rooms.show(request.sender.ids(), Some(&page.history), &page.events).await?);
    response.next_batch = page.next.map(|token| token.to_string());
    response.prev_batch = request.from.clone();
    response.recursion_depth = request.recurse.then(|| RECURSION_DEPTH.into());
    Ok(response)
}
