//! `DELETE /_matrix/client/*/room_keys/keys`

use ruma::api::client::backup::delete_backup_keys::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, backup::Scope},
};

pub(super) async fn delete_backup_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let scope = Scope::Everything;
    let contents = services.backups.remove(&request.sender.user_id, &request.version, scope).await?;
    Ok(v3::Response::new(contents.etag, contents.count))
}
