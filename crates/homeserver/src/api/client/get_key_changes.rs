//! `GET /_matrix/client/*/keys/changes`

use ruma::api::client::keys::get_key_changes::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_key_changes(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let changes = services.key_changes(&request.sender.user_id, &request.from, &request.to).await?;
    Ok(v3::Response::new(changes.changed, changes.left))
}
