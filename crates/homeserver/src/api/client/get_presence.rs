//! `GET /_matrix/client/*/presence/{userId}/status`

use ruma::api::client::presence::get_presence::v3;

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// Shown to those who share a room with the user.
pub(super) async fn get_presence(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if !services.accounts.exists(&request.user_id).await? {
        return Err(MatrixError::not_found("there is no such user"));
    }
    if !services.share_a_room(&request.sender.user_id, &request.user_id).await? {
        return Err(MatrixError::forbidden("you share no room with this user"));
    }
    let shown = services.presence.of(&request.user_id);
    let mut response = v3::Response::new(shown.state);
    response.status_msg = shown.status_msg;
    response.currently_active = Some(shown.currently_active);
    response.last_active_ago = shown.last_active_ago;
    Ok(response)
}
