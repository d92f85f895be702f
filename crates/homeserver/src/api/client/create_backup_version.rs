//! `POST /_matrix/client/*/room_keys/version`

use ruma::api::client::backup::create_backup_version::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn create_backup_version(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(services.backups.create(&request.sender.user_id, &request.algorithm).await?))
}
