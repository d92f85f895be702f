//! `GET /_matrix/client/*/rooms/{roomId}/event/{eventId}`

use ruma::api::client::room::get_room_event::v3;

use crate::{MatrixError, Result, api::Ruma, service::Services};

pub(super) async fn get_room_event(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (event, history) = services.rooms.event(&request.room_id, &request.event_id, &request.sender.user_id).await?;
    let mut events = services.rooms.show(request.sender.ids(), Some(&history), &[event]).await?;
    let event = events.pop().ok_or_else(|| MatrixError::not_found("there is no such event"))?;
    Ok(v3::Response::new(event))
}
