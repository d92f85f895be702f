//! `GET /_matrix/client/*/profile/{userId}/{keyName}`

use ruma::{api::client::profile::get_profile_field::v3, profile::ProfileFieldValue};

use crate::{MatrixError, Result, api::Ruma, service::Services};

pub(super) async fn get_profile_field(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let name = request.field.as_str();
    let mut profile = services.profiles.of_account(&request.user_id).await?;
    // Of these two, clients are used to hear that they are not set rather than that they are not there.
    if matches!(name, "displayname" | "avatar_url") && !profile.contains_key(name) {
        return Ok(v3::Response::default());
    }
    let value = profile.remove(name).ok_or_else(|| MatrixError::not_found("the profile has no such field"))?;
    let value = ProfileFieldValue::new(name, value).map_err(MatrixError::internal)?;
    Ok(v3::Response::new(value))
}
