//! `PUT /_matrix/client/*/room_keys/keys/{roomId}/{sessionId}`

use std::collections::BTreeMap;

use ruma::api::client::backup::{RoomKeyBackup, add_backup_keys_for_session::v3};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn add_backup_keys_for_session(
    services: Services,
    request: Ruma<v3::Request>,
) -> Result<v3::Response> {
    let Ruma { body, sender, .. } = request;
    let room = RoomKeyBackup::new(BTreeMap::from([(body.session_id, body.session_data)]));
    let keys = BTreeMap::from([(body.room_id, room)]);
    let contents = services.backups.add(&sender.user_id, &body.version, keys).await?;
    Ok(v3::Response::new(contents.etag, contents.count))
}
