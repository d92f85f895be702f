//! `GET /_matrix/client/*/rooms/{roomId}/state/{eventType}/{stateKey}`

use ruma::{api::client::state::get_state_event_for_key::v3, events::AnyStateEvent};

use crate::{MatrixError, Result, api::Ruma, service::Services};

pub(super) async fn get_state_event_for_key(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let sender = &request.sender.user_id;
    let event = services.rooms.state_entry(&request.room_id, sender, &request.event_type, &request.state_key).await?;
    if request.format != v3::StateEventFormat::Event {
        return Ok(v3::Response::new(event.content()?.to_owned()));
    }
    let mut events = services.rooms.show::<AnyStateEvent>(request.sender.ids(), None, &[event]).await?;
    let event = events.pop().ok_or_else(|| MatrixError::not_found("the room has no such state"))?;
    Ok(v3::Response::new(event.into_json()))
}
