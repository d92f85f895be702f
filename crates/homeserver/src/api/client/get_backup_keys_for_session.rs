//! `GET /_matrix/client/*/room_keys/keys/{roomId}/{sessionId}`

use ruma::api::client::backup::get_backup_keys_for_session::v3;

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, backup::Scope},
};

pub(super) async fn get_backup_keys_for_session(
    services: Services,
    request: Ruma<v3::Request>,
) -> Result<v3::Response> {
    let scope = Scope::Session(request.room_id.clone(), request.session_id.clone());
    let keys = services.backups.keys(&request.sender.user_id, &request.version, scope).await?;
    let key = keys.into_values().find_map(|mut room| room.sessions.remove(&request.session_id));
    Ok(v3::Response::new(key.ok_or_else(|| MatrixError::not_found("there is no such key in the backup"))?))
}
