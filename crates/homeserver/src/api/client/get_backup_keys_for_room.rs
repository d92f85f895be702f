//! `GET /_matrix/client/*/room_keys/keys/{roomId}`

use ruma::api::client::backup::get_backup_keys_for_room::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, backup::Scope},
};

pub(super) async fn get_backup_keys_for_room(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let scope = Scope::Room(request.room_id.clone());
    let mut keys = services.backups.keys(&request.sender.user_id, &request.version, scope).await?;
    let sessions = keys.remove(&request.room_id).map(|room| room.sessions);
    Ok(v3::Response::new(sessions.unwrap_or_default()))
}
