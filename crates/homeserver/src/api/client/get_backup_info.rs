//! `GET /_matrix/client/*/room_keys/version/{version}`

use ruma::api::client::backup::get_backup_info::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_backup_info(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let info = services.backups.info(&request.sender.user_id, Some(&request.version)).await?;
    Ok(v3::Response::new(info.algorithm, info.contents.count, info.contents.etag, info.version))
}
