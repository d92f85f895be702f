//! `DELETE /_matrix/client/*/devices/{deviceId}`

use ruma::api::client::device::delete_device::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, uiaa::Confirmation},
};

pub(super) async fn delete_device(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = &request.sender.user_id;
    let action = &format!("delete_device {}", request.device_id);
    let (auth, address, body) = (request.auth.as_ref(), request.address, &*request.raw);
    services.uiaa.require_password(Confirmation { action, user_id, auth, address, body }).await?;
    services.devices.remove(user_id, vec![request.device_id.clone()]).await?;
    Ok(v3::Response::new())
}
