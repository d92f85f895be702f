//! `GET /_matrix/client/*/devices`

use ruma::api::client::device::get_devices::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_devices(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(services.devices.list(&request.sender.user_id).await?))
}
