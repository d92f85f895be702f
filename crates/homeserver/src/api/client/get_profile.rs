//! `GET /_matrix/client/*/profile/{userId}`

use ruma::api::client::profile::get_profile::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_profile(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(services.profiles.of_account(&request.user_id).await?.into_iter().collect())
}
