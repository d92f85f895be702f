//! `DELETE /_matrix/client/*/room_keys/keys/{roomId}/{sessionId}`

use ruma::api::client::backup::delete_backup_keys_for_session::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, backup::Scope},
};

pub(super) async fn delete_backup_keys_for_session(
    services: Services,
    request: Ruma<v3::Request>,
) -> Result<v3::Response> {
    let scope = Scope::Session(request.room_id.clone(), request.session_id.clone());
    let contents = services.backups.remove(&request.sender.user_id, &request.version, scope).await?;
    Ok(v3::Response::new(contents.etag, contents.count))
}
