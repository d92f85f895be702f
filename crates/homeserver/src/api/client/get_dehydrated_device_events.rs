//! `POST /_matrix/client/*/dehydrated_device/{deviceId}/events`

use ruma::api::client::dehydrated_device::get_events::unstable;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_dehydrated_device_events(
    services: Services,
    request: Ruma<unstable::Request>,
) -> Result<unstable::Response> {
    let from = request.next_batch.as_deref();
    let waiting = services.dehydrated.events(&request.sender.user_id, &request.device_id, from).await?;
    let mut response = unstable::Response::new(waiting.events);
    response.next_batch = Some(waiting.position.to_string());
    Ok(response)
}
