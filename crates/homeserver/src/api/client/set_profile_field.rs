//! `PUT /_matrix/client/*/profile/{userId}/{keyName}`

use ruma::api::client::profile::set_profile_field::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn set_profile_field(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    services.profiles.set(user_id, &request.value).await?;
    Ok(v3::Response::new())
}
