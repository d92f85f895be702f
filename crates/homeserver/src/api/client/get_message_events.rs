//! `GET /_matrix/client/*/rooms/{roomId}/messages`

use ruma::api::client::message::get_message_events::v3;

use crate::{
    Result,
    api::Ruma,
    service::{
        Services,
        timeline::{Token, messages::PageRequest, related::RelatedBy},
    },
};

pub(super) async fn get_message_events(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let limit = request.filter.limit.map_or(request.limit, |limit| limit.min(request.limit));
    let related_by = RelatedBy::parse(request.argument("filter").as_deref())?;
    let page = services
        .rooms
        .messages(PageRequest {
            room_id: &request.room_id,
            user_id: &request.sender.user_id,
            from: request.from.as_deref().map(Token::parse).transpose()?,
            to: request.to.as_deref().map(Token::parse).transpose()?,
            direction: request.dir,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            filter: &request.filter,
            related_by: &related_by,
        })
        .await?;
    let mut response = v3::Response::new();
    response.start = page.start.to_string();
    response.end = page.end.map(|token| token.to_string());
    response.chunk = services.rooms.show(request.sender.ids(), Some(&page.history), &page.events).await?;
    response.state = services.rooms.show(request.sender.ids(), None, &page.state).await?;
    Ok(response)
}
