//! Invitations that their target does not want, see [invite permission].
//!
//! [invite permission]: https://spec.matrix.org/v1.18/client-server-api/#invite-permission

use ruma::{UserId, api::error::ErrorKind};
use serde::Deserialize;

use super::Rooms;
use crate::{
    MatrixError, Result,
    storage::{Connection, args},
};

/// What a user decided on invitations.
#[derive(Deserialize)]
struct InvitePermission {
    default_action: Option<String>,
}

/// Whether a user wants no invitation at all.
pub(crate) async fn are_blocked_by(connection: &mut Connection, user_id: &UserId) -> Result<bool> {
    let sql = "SELECT content FROM account_data \
               WHERE user_id = $1 AND room_id = '' AND type = 'm.invite_permission_config'";
    let Some(row) = connection.fetch_optional(sql, args![user_id]).await? else { return Ok(false) };
    let permission = serde_json::from_slice::<InvitePermission>(&row.get::<Vec<u8>>(0)?);
    // What cannot be read decides nothing.
    Ok(permission.is_ok_and(|permission| permission.default_action.as_deref() == Some("block")))
}

impl Rooms {
    /// Refuses to invite who cannot be told, and who does not want to be.
    pub(super) async fn check_invite(&self, target: &UserId) -> Result<()> {
        self.refuse_remote(target)?;
        if are_blocked_by(&mut self.storage().read().await?, target).await? {
            let message = format!("{target} accepts no invitations");
            return Err(MatrixError::refused(http::StatusCode::FORBIDDEN, ErrorKind::InviteBlocked, message));
        }
        Ok(())
    }
}
