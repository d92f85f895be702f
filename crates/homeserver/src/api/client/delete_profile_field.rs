//! `DELETE /_matrix/client/*/profile/{userId}/{keyName}`

use ruma::api::client::profile::delete_profile_field::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, profile::is_of_members},
};

pub(super) async fn delete_profile_field(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    services.profiles.remove(user_id, &request.field).await?;
    if is_of_members(&request.field) {
        services.rooms.change_profile(user_id).await?;
    }
    Ok(v3::Response::new())
}
