//! People without an account of their own, see [guest access].
//!
//! What a guest may ask is decided where requests are admitted; here is what they may do with it.
//!
//! [guest access]: https://spec.matrix.org/v1.18/client-server-api/#guest-access

use ruma::{OwnedUserId, RoomId, UserId};
use serde::Deserialize;

use super::{Accounts, NewAccount};
use crate::{
    MatrixError, Result,
    storage::{Connection, WriteKey, args},
};

impl Accounts {
    /// Makes an account for someone who has none.
    pub async fn create_guest(&self) -> Result<OwnedUserId> {
        let user_id = self.user_id_for(&self.random_localpart())?;
        self.create(NewAccount { user_id: user_id.clone(), password: None, admin: false }).await?;
        self.set_guest(&user_id, true).await?;
        Ok(user_id)
    }

    /// Whether the account is a guest's.
    pub async fn is_guest(&self, user_id: &UserId) -> Result<bool> {
        let sql = "SELECT guest FROM users WHERE user_id = $1";
        let row = self.storage.read().await?.fetch_optional(sql, args![user_id]).await?;
        Ok(row.map(|row| row.get(0)).transpose()?.unwrap_or(false))
    }

    /// The guest of an access token who wants an account of their own under the name they have.
    pub async fn guest_of(&self, token: &str, localpart: Option<&str>) -> Result<OwnedUserId> {
        let sender = self.authenticate(token, None, true).await?;
        if !self.is_guest(&sender.user_id).await? {
            return Err(MatrixError::forbidden("this is no guest"));
        }
        if localpart != Some(sender.user_id.localpart()) {
            return Err(MatrixError::invalid_param("guests keep their names"));
        }
        Ok(sender.user_id)
    }

    /// Makes a guest's account one like any other.
    pub async fn upgrade_guest(&self, user_id: &UserId, password: &str) -> Result<()> {
        self.set_password(user_id, password).await?;
        self.set_guest(user_id, false).await
    }

    /// Refuses a guest who wants to join a room that does not let guests in.
    pub async fn check_may_join(&self, user_id: &UserId, room_id: &RoomId) -> Result<()> {
        if !self.is_guest(user_id).await? || admits_guests(&mut self.storage.read().await?, room_id).await? {
            return Ok(());
        }
        Err(MatrixError::guest_access_forbidden("guests may not join this room"))
    }

    /// Guests who are in a room that does not let them in.
    pub async fn unwelcome_guests(&self, room_id: &RoomId) -> Result<Vec<OwnedUserId>> {
        let mut connection = self.storage.read().await?;
        if admits_guests(&mut connection, room_id).await? {
            return Ok(Vec::new());
        }
        let sql = "SELECT m.user_id FROM memberships m JOIN users u ON u.user_id = m.user_id \
            WHERE m.room_id = $1 AND m.membership = 'join' AND u.guest = 1";
        let rows = connection.fetch_all(sql, args![room_id]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
    }

    async fn set_guest(&self, user_id: &UserId, guest: bool) -> Result<()> {
        let user_id = user_id.to_owned();
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    transaction
                        .execute("UPDATE users SET guest = $2 WHERE user_id = $1", args![user_id, guest])
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Whether a room lets guests in.
async fn admits_guests(connection: &mut Connection, room_id: &RoomId) -> Result<bool> {
    #[derive(Deserialize)]
    struct Event {
        content: Content,
    }
    #[derive(Deserialize)]
    struct Content {
        guest_access: String,
    }
    let sql = "SELECT json FROM current_state s JOIN events e ON e.event_id = s.event_id \
        WHERE s.room_id = $1 AND s.type = 'm.room.guest_access' AND s.state_key = ''";
    let row = connection.fetch_optional(sql, args![room_id]).await?;
    let event = row.map(|row| row.get::<Vec<u8>>(0)).transpose()?;
    let event: Option<Event> = event.and_then(|json| serde_json::from_slice(&json).ok());
    Ok(event.is_some_and(|event| event.content.guest_access == "can_join"))
}
