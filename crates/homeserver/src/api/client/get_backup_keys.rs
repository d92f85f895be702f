//! `GET /_matrix/client/*/room_keys/keys`

use ruma::api::client::backup::get_backup_keys::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, backup::Scope},
};

pub(super) async fn get_backup_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = &request.sender.user_id;
    Ok(v3::Response::new(services.backups.keys(user_id, &request.version, Scope::Everything).await?))
}
