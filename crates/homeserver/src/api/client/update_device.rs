//! `PUT /_matrix/client/*/devices/{deviceId}`

use ruma::api::client::device::update_device::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn update_device(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = &request.sender.user_id;
    match &request.display_name {
        Some(name) => services.devices.rename(user_id, &request.device_id, name.clone()).await?,
        None => drop(services.devices.get(user_id, &request.device_id).await?),
    }
    Ok(v3::Response::new())
}
