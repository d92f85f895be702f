//! `DELETE /_matrix/client/*/room_keys/version/{version}`

use ruma::api::client::backup::delete_backup_version::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn delete_backup_version(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.backups.delete(&request.sender.user_id, &request.version).await?;
    Ok(v3::Response::new())
}
