//! `GET /_matrix/client/*/pushers`

use ruma::api::client::push::get_pushers::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_pushers(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(services.pushers.list(&request.sender.user_id).await?))
}
