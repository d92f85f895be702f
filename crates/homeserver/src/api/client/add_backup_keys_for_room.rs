//! `PUT /_matrix/client/*/room_keys/keys/{roomId}`

use std::collections::BTreeMap;

use ruma::api::client::backup::{RoomKeyBackup, add_backup_keys_for_room::v3};

use crate::{Result, api::Ruma, service::Services};

/// Some thousands of keys at once, from a client that has collected them for long.
pub(super) const BODY_LIMIT: usize = 8 * 1024 * 1024;

pub(super) async fn add_backup_keys_for_room(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Ruma { body, sender, .. } = request;
    let keys = BTreeMap::from([(body.room_id, RoomKeyBackup::new(body.sessions))]);
    let contents = services.backups.add(&sender.user_id, &body.version, keys).await?;
    Ok(v3::Response::new(contents.etag, contents.count))
}
