//! `POST /_matrix/client/*/logout`

use ruma::api::client::session::logout::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn logout(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (user_id, device_id) = request.sender.ids();
    services.devices.remove(user_id, vec![device_id.to_owned()]).await?;
    Ok(v3::Response::new())
}
