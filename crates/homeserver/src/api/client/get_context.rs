//! `GET /_matrix/client/*/rooms/{roomId}/context/{eventId}`

use ruma::api::client::context::get_context::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, timeline::related::RelatedBy},
};

pub(super) async fn get_context(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let sender = request.sender.ids();
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let place = (&*request.room_id, &*request.event_id);
    let related_by = RelatedBy::parse(request.argument("filter").as_deref())?;
    let context = services.rooms.context(place, sender.0, limit, (&request.filter, &related_by)).await?;
    let history = Some(&context.history);
    let mut response = v3::Response::new();
    response.start = Some(context.start.to_string());
    response.end = Some(context.end.to_string());
    response.event = services.rooms.show(sender, history, &[context.event]).await?.pop();
    response.events_before = services.rooms.show(sender, history, &context.before).await?;
    response.events_after = services.rooms.show(sender, history, &context.after).await?;
    response.state = services.rooms.show(sender, None, &context.state).await?;
    Ok(response)
}
