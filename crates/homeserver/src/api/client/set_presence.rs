//! `PUT /_matrix/client/*/presence/{userId}/status`

use ruma::api::client::presence::set_presence::v3;

use crate::{Result, api::Ruma, service::Services};

/// Accepted and not kept: clients set it without being asked, and have nothing to do about a refusal.
pub(super) async fn set_presence(_: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    request.sender.is(&request.user_id)?;
    Ok(v3::Response::new())
}
