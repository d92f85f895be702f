//! `GET /_matrix/client/*/account/whoami`

use ruma::api::client::account::whoami::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn whoami(_: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let mut response = v3::Response::new(request.sender.user_id.clone(), false);
    response.device_id = Some(request.sender.device_id.clone());
    Ok(response)
}
