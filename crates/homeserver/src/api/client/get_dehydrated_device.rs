//! `GET /_matrix/client/*/dehydrated_device`

use ruma::api::client::dehydrated_device::get_dehydrated_device::unstable;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_dehydrated_device(
    services: Services,
    request: Ruma<unstable::Request>,
) -> Result<unstable::Response> {
    let (device_id, data) = services.dehydrated.get(&request.sender.user_id).await?;
    Ok(unstable::Response::new(device_id, data))
}
