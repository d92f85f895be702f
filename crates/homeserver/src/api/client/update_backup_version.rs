//! `PUT /_matrix/client/*/room_keys/version/{version}`

use ruma::api::client::backup::update_backup_version::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn update_backup_version(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.backups.update(&request.sender.user_id, &request.version, &request.algorithm).await?;
    Ok(v3::Response::new())
}
