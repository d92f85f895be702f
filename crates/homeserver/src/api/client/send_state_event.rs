//! `PUT /_matrix/client/*/rooms/{roomId}/state/{eventType}/{stateKey}`

use ruma::{RoomId, api::client::state::send_state_event::v3, events::StateEventType};

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn send_state_event(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let place = (request.event_type.clone(), request.state_key.clone());
    let content = request.body.body.json().get();
    // Only application services may say when.
    let event_id = services.rooms.send_state(&request.room_id, &request.sender.user_id, place, content, None).await?;
    if request.event_type == StateEventType::RoomGuestAccess {
        see_guests_off(&services, &request.room_id).await?;
    }
    services.presence.act(&request.sender).await;
    Ok(v3::Response::new(event_id))
}

/// Guests leave a room that does not let them in any longer.
async fn see_guests_off(services: &Services, room_id: &RoomId) -> Result<()> {
    for guest in services.accounts.unwelcome_guests(room_id).await? {
        let reason = Some("guests may not be in this room any longer");
        services.rooms.leave(MembershipRequest { room_id, sender: &guest, target: &guest, reason }).await?;
    }
    Ok(())
}
