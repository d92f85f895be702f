//! `PUT /_matrix/client/*/presence/{userId}/status`

use ruma::api::client::presence::set_presence::v3;

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, presence::Presence},
};

/// The longest a user may go on about themselves, in bytes of JSON: all processes are told in one notification.
const MAXIMUM_STATUS: usize = 4_096;

pub(super) async fn set_presence(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    request.sender.is(&request.user_id)?;
    Presence::check(&request.presence)?;
    let status = serde_json::to_string(&request.status_msg).map_err(MatrixError::internal)?;
    if status.len() > MAXIMUM_STATUS {
        return Err(MatrixError::too_large("the status is too long"));
    }
    services.presence.set(&request.sender, request.presence.clone(), request.status_msg.clone()).await;
    Ok(v3::Response::new())
}
