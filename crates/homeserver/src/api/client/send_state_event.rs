//! `PUT /_matrix/client/*/rooms/{roomId}/state/{eventType}/{stateKey}`

use ruma::api::client::state::send_state_event::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action},
};

pub(super) async fn send_state_event(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let place = (request.event_type.clone(), request.state_key.clone());
    let content = request.body.body.json().get();
    // Only application services may say when.
    let event_id = services.rooms.send_state(&request.room_id, &request.sender.user_id, place, content, None).await?;
    Ok(v3::Response::new(event_id))
}
