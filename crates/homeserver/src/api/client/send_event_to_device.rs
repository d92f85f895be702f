//! `PUT /_matrix/client/*/sendToDevice/{eventType}/{txnId}`

use ruma::api::client::to_device::send_event_to_device::v3;

use crate::{Result, api::Ruma, service::Services};

/// Room keys for the devices of a large room.
pub(super) const BODY_LIMIT: usize = 4 * 1024 * 1024;

pub(super) async fn send_event_to_device(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Ruma { body, sender, .. } = request;
    let messages = body.messages.into_iter().map(|(user_id, devices)| {
        (user_id, devices.into_iter().map(|(device, content)| (device, content.into_json())).collect())
    });
    let kind = body.event_type.to_string();
    services.to_device.send(&sender, &kind, body.txn_id.as_str(), messages.collect()).await?;
    Ok(v3::Response::new())
}
