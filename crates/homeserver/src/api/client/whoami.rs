//! `GET /_matrix/client/*/account/whoami`

use ruma::api::client::account::whoami::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn whoami(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let is_guest = services.accounts.is_guest(&request.sender.user_id).await?;
    let mut response = v3::Response::new(request.sender.user_id.clone(), is_guest);
    response.device_id = Some(request.sender.device_id.clone());
    Ok(response)
}
