//! Rooms that let guests in, for guests who write their member event themselves, see [guest access].
//!
//! [guest access]: https://spec.matrix.org/v1.18/client-server-api/#guest-access

use ruma::{CanonicalJsonObject, RoomId, UserId, events::StateEventType};

use super::Rooms;
use crate::{MatrixError, Result, storage::args};

impl Rooms {
    /// Refuses a guest who wants to join a room that does not let guests in.
    pub(super) async fn check_guest(&self, room_id: &RoomId, user_id: &UserId) -> Result<()> {
        let sql = "SELECT 1 FROM users WHERE user_id = $1 AND guest = 1";
        if self.storage().read().await?.fetch_optional(sql, args![user_id]).await?.is_none() {
            return Ok(());
        }
        let keys = [(StateEventType::RoomGuestAccess, String::new())];
        let is_open = self.look(room_id, &keys, |head| {
            let event = head.get(&StateEventType::RoomGuestAccess, "");
            Ok(event.and_then(|event| event.content_as().ok()).is_some_and(|content| admits_guests(&content)))
        });
        if is_open.await? { Ok(()) } else { Err(MatrixError::guest_access_forbidden("guests may not join this room")) }
    }
}

/// Whether the content of a guest access event lets guests in.
fn admits_guests(content: &CanonicalJsonObject) -> bool {
    content.get("guest_access").and_then(|access| access.as_str()) == Some("can_join")
}
