//! `PUT /_matrix/client/*/rooms/{roomId}/send/{eventType}/{txnId}`

use ruma::api::client::message::send_message_event::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::RequestKey},
};

pub(super) async fn send_message_event(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let (room_id, event_type, txn_id) = (&request.room_id, &request.event_type, &request.txn_id);
    let (user_id, device_id) = request.sender.ids();
    let key = RequestKey {
        user_id: user_id.to_owned(),
        device_id: device_id.to_owned(),
        path: format!("/rooms/{room_id}/send/{event_type}/{txn_id}"),
        txn_id: txn_id.clone(),
    };
    let event_type = event_type.to_string().into();
    // Only application services may say when.
    let event_id = services.rooms.send_message(room_id, event_type, request.body.body.json().get(), key, None).await?;
    services.presence.act(&request.sender).await;
    Ok(v3::Response::new(event_id))
}
