//! `PUT /_matrix/client/*/rooms/{roomId}/redact/{eventId}/{txnId}`

use ruma::api::client::redact::redact_event::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::RequestKey},
};

pub(super) async fn redact_event(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let (room_id, target, txn_id) = (&request.room_id, &request.event_id, &request.txn_id);
    let (user_id, device_id) = request.sender.ids();
    let key = RequestKey {
        user_id: user_id.to_owned(),
        device_id: device_id.to_owned(),
        path: format!("/rooms/{room_id}/redact/{target}/{txn_id}"),
        txn_id: txn_id.clone(),
    };
    let event_id = services.rooms.redact(room_id, target.clone(), request.reason.clone(), key).await?;
    Ok(v3::Response::new(event_id))
}
