//! `GET /_matrix/client/*/presence/{userId}/status`

use ruma::{api::client::presence::get_presence::v3, presence::PresenceState};

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// Presence is not kept: everyone is offline, as on any server that has it switched off.
pub(super) async fn get_presence(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if !services.accounts.exists(&request.user_id).await? {
        return Err(MatrixError::not_found("there is no such user"));
    }
    Ok(v3::Response::new(PresenceState::Offline))
}
