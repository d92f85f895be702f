//! `DELETE /_matrix/client/*/profile/{userId}/{keyName}`

use ruma::{api::client::profile::delete_profile_field::v3, profile::ProfileFieldName};

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, profile::is_of_members},
};

pub(super) async fn delete_profile_field(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    if request.field != ProfileFieldName::DisplayName && services.accounts.is_guest(user_id).await? {
        return Err(MatrixError::guest_access_forbidden("guests have a name only"));
    }
    services.profiles.remove(user_id, &request.field).await?;
    if is_of_members(&request.field) {
        services.rooms.change_profile(user_id).await?;
    }
    Ok(v3::Response::new())
}
