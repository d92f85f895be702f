//! Names of rooms on this homeserver, see [room aliases].
//!
//! [room aliases]: https://spec.matrix.org/v1.18/client-server-api/#room-aliases

use ruma::{
    OwnedRoomAliasId, OwnedRoomId, OwnedUserId, RoomAliasId, RoomId, UserId,
    events::{StateEventType, room::member::MembershipState},
};
use serde_json::Value as Json;

use super::{NewEvent, Rooms, power, template};
use crate::{
    MatrixError, Result,
    storage::{StorageError, Transaction, WriteKey, args},
};

/// Gives a room a name that nobody has.
pub(super) async fn insert(
    transaction: &mut Transaction,
    alias: &RoomAliasId,
    room_id: &RoomId,
    creator: &UserId,
    now: i64,
) -> Result<()> {
    let inserted = transaction
        .execute(
            "INSERT INTO room_aliases (alias, room_id, creator, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (alias) DO NOTHING",
            args![alias, room_id, creator, now],
        )
        .await?;
    if inserted == 0 { Err(MatrixError::room_in_use("the alias is taken")) } else { Ok(()) }
}

/// Gives the names of a room to the one that takes its place, which alone stays in the directory.
pub(super) async fn move_all(
    transaction: &mut Transaction,
    room_id: &RoomId,
    successor: &RoomId,
) -> Result<(), StorageError> {
    transaction.execute("UPDATE room_aliases SET room_id = $2 WHERE room_id = $1", args![room_id, successor]).await?;
    transaction.execute("UPDATE rooms SET published = 0 WHERE room_id = $1", args![room_id]).await?;
    Ok(())
}

impl Rooms {
    /// The alias of this homeserver with the given localpart.
    pub(super) fn alias_of(&self, localpart: &str) -> Result<OwnedRoomAliasId> {
        let forbidden = |character: char| matches!(character, ':' | '#' | '\0') || character.is_whitespace();
        if localpart.is_empty() || localpart.contains(forbidden) {
            return Err(MatrixError::invalid_param("this cannot be the localpart of an alias"));
        }
        let alias = format!("#{localpart}:{}", self.server_name());
        alias.try_into().map_err(|_| MatrixError::invalid_param("this cannot be the localpart of an alias"))
    }

    /// The room an alias of this homeserver stands for.
    pub async fn resolve(&self, alias: &RoomAliasId) -> Result<Option<OwnedRoomId>> {
        let mut connection = self.storage().read().await?;
        let row = connection.fetch_optional("SELECT room_id FROM room_aliases WHERE alias = $1", args![alias]).await?;
        Ok(row.map(|row| row.get(0)).transpose()?)
    }

    /// The aliases of a room.
    pub async fn aliases(&self, room_id: &RoomId) -> Result<Vec<OwnedRoomAliasId>> {
        let mut connection = self.storage().read().await?;
        let sql = "SELECT alias FROM room_aliases WHERE room_id = $1 ORDER BY alias";
        let rows = connection.fetch_all(sql, args![room_id]).await?;
        rows.iter().map(|row| Ok(row.get(0)?)).collect()
    }

    /// Names a room its user is in.
    pub async fn add_alias(&self, alias: OwnedRoomAliasId, room_id: OwnedRoomId, user_id: OwnedUserId) -> Result<()> {
        if alias.server_name() != self.server_name() {
            return Err(MatrixError::invalid_param("the alias belongs to another homeserver"));
        }
        if self.membership(&room_id, &user_id).await? != Some(MembershipState::Join) {
            return Err(MatrixError::forbidden("only members of a room may name it"));
        }
        let now = self.environment().now_millis();
        self.storage()
            .write(WriteKey::Server("room_aliases"), move |transaction| {
                Box::pin(async move { insert(transaction, &alias, &room_id, &user_id, now).await })
            })
            .await
            .map_err(|error| match error.kind() {
                // Here the specification wants another code than where rooms are made.
                Some(ruma::api::error::ErrorKind::RoomInUse) => MatrixError::refused(
                    http::StatusCode::CONFLICT,
                    ruma::api::error::ErrorKind::Unknown,
                    "the alias is taken",
                ),
                _ => error,
            })
    }

    /// Takes a name away: its maker may, and who may say which alias is canonical.
    pub async fn remove_alias(&self, alias: &RoomAliasId, user_id: &UserId) -> Result<()> {
        let mut connection = self.storage().read().await?;
        let sql = "SELECT room_id, creator FROM room_aliases WHERE alias = $1";
        let row = connection.fetch_optional(sql, args![alias]).await?;
        let row = row.ok_or_else(|| MatrixError::not_found("there is no such alias"))?;
        let room_id: OwnedRoomId = row.get(0)?;
        let is_creator = row.get::<OwnedUserId>(1)? == user_id;
        drop(connection);
        if !is_creator && !self.may_set(&room_id, user_id, &StateEventType::RoomCanonicalAlias).await? {
            return Err(MatrixError::forbidden("the alias was made by someone else"));
        }
        let gone = alias.to_owned();
        self.storage()
            .write(WriteKey::Server("room_aliases"), move |transaction| {
                Box::pin(async move {
                    transaction.execute("DELETE FROM room_aliases WHERE alias = $1", args![gone]).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        match self.withdraw_canonical(&room_id, alias, user_id).await {
            // The name is gone either way; who may not change the room leaves its event as it is.
            Err(MatrixError::Refused { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether a user's power level lets them set this state.
    pub(super) async fn may_set(
        &self,
        room_id: &RoomId,
        user_id: &UserId,
        event_type: &StateEventType,
    ) -> Result<bool> {
        self.look(room_id, &member_and_power(user_id), |head| {
            Ok(head.membership(user_id) == MembershipState::Join
                && power::of_user(head, user_id)? >= power::to_set(head, event_type)?)
        })
        .await
    }

    /// Removes an alias that is no more from the room's canonical alias event.
    async fn withdraw_canonical(&self, room_id: &RoomId, alias: &RoomAliasId, user_id: &UserId) -> Result<()> {
        let place = (StateEventType::RoomCanonicalAlias, String::new());
        self.append(room_id, &[place], None, |head| {
            let Some(pdu) = head.get(&StateEventType::RoomCanonicalAlias, "") else {
                return Ok(Vec::new());
            };
            let mut content: Json = pdu.content_as().map_err(MatrixError::internal)?;
            let before = content.clone();
            if content.get("alias").and_then(Json::as_str) == Some(alias.as_str())
                && let Some(content) = content.as_object_mut()
            {
                content.remove("alias");
            }
            if let Some(others) = content.get_mut("alt_aliases").and_then(Json::as_array_mut) {
                others.retain(|other| other.as_str() != Some(alias.as_str()));
            }
            if content == before {
                return Ok(Vec::new());
            }
            let content = template::content_of(&content)?;
            Ok(vec![NewEvent::state(user_id.to_owned(), StateEventType::RoomCanonicalAlias, "", content)])
        })
        .await?;
        Ok(())
    }

    /// Refuses a canonical alias event that names what is not an alias of the room.
    pub(super) async fn check_canonical(&self, room_id: &RoomId, head: &Json, current: Option<&Json>) -> Result<()> {
        let named = |content: &Json| {
            let others = content.get("alt_aliases").and_then(Json::as_array).cloned().unwrap_or_default();
            let all = content.get("alias").cloned().into_iter().chain(others);
            all.filter(|alias| !alias.is_null()).collect::<Vec<_>>()
        };
        let known = current.map(named).unwrap_or_default();
        for alias in named(head) {
            if known.contains(&alias) {
                continue;
            }
            let text = alias.as_str().ok_or_else(|| MatrixError::bad_json("an alias is a string"))?;
            let alias = <&RoomAliasId>::try_from(text)
                .map_err(|_| MatrixError::invalid_param(format!("`{text}` is not an alias")))?;
            if self.resolve(alias).await?.as_deref() != Some(room_id) {
                return Err(MatrixError::bad_alias(format!("{alias} does not stand for this room")));
            }
        }
        Ok(())
    }
}

/// What has to be fetched to know a member's power.
fn member_and_power(user_id: &UserId) -> Vec<super::StateKey> {
    let mut keys = power::keys().to_vec();
    keys.push((StateEventType::RoomMember, user_id.to_string()));
    keys
}
