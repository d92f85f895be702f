//! `GET /_matrix/client/*/devices/{deviceId}`

use ruma::api::client::device::get_device::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_device(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let device = services.devices.get(&request.sender.user_id, &request.device_id).await?;
    Ok(v3::Response::new(device))
}
