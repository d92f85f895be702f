//! What users show of themselves, see [profiles].
//!
//! A change of name or picture has to reach the rooms too; whoever changes it tells the rooms.
//!
//! [profiles]: https://spec.matrix.org/v1.18/client-server-api/#profiles

use std::collections::BTreeMap;

use ruma::{
    OwnedMxcUri, UserId,
    profile::{ProfileFieldName, ProfileFieldValue},
};
use serde_json::Value as JsonValue;

use super::user_directory;
use crate::{
    MatrixError, Result,
    storage::{Connection, Storage, StorageError, WriteKey, args},
};

/// The longest display name, in bytes.
const MAXIMUM_NAME: usize = 256;
/// The longest name of a field, in bytes.
const MAXIMUM_FIELD_NAME: usize = 255;
/// The largest profile, in bytes of JSON.
const MAXIMUM_PROFILE: usize = 64 * 1024;

/// What users show of themselves.
#[derive(Clone, Debug)]
pub struct Profiles {
    storage: Storage,
}

/// The part of a profile that member events carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberProfile {
    /// The display name.
    pub displayname: Option<String>,
    /// The picture.
    pub avatar_url: Option<OwnedMxcUri>,
}

impl Profiles {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// Every field of a user's profile, empty where nothing was set.
    pub async fn all(&self, user_id: &UserId) -> Result<BTreeMap<String, JsonValue>> {
        fields(&mut self.storage.read().await?, user_id).await
    }

    /// The profile of a user someone asks for, who may not exist.
    pub async fn of_account(&self, user_id: &UserId) -> Result<BTreeMap<String, JsonValue>> {
        let mut connection = self.storage.read().await?;
        let sql = "SELECT 1 FROM users WHERE user_id = $1 AND deactivated_at IS NULL";
        if connection.fetch_optional(sql, args![user_id]).await?.is_none() {
            return Err(MatrixError::not_found("there is no such user"));
        }
        fields(&mut connection, user_id).await
    }

    /// What goes into the user's member events.
    pub async fn of_member(&self, user_id: &UserId) -> Result<MemberProfile> {
        let mut fields = self.all(user_id).await?;
        let mut text = |name: &str| match fields.remove(name) {
            Some(JsonValue::String(text)) => Some(text),
            _ => None,
        };
        Ok(MemberProfile { displayname: text("displayname"), avatar_url: text("avatar_url").map(Into::into) })
    }

    /// Sets a field. An empty name or picture removes it, as clients expect.
    pub async fn set(&self, user_id: &UserId, value: &ProfileFieldValue) -> Result<()> {
        let name = value.field_name();
        let value = value.value().into_owned();
        let removed = is_of_members(&name) && value.as_str().is_some_and(str::is_empty);
        if removed {
            return self.remove(user_id, &name).await;
        }
        if name.as_str().is_empty() || name.as_str().contains('\0') {
            return Err(MatrixError::invalid_param("this is no name of a profile field"));
        }
        if name.as_str().len() > MAXIMUM_FIELD_NAME {
            return Err(MatrixError::custom("M_KEY_TOO_LARGE", "the name of the field is too long"));
        }
        if name == ProfileFieldName::DisplayName && value.as_str().is_some_and(|name| name.len() > MAXIMUM_NAME) {
            return Err(MatrixError::too_large("the display name is too long"));
        }
        let (user_id, name) = (user_id.to_owned(), name.as_str().to_owned());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let mut profile = fields(transaction, &user_id).await?;
                    let json = serde_json::to_vec(&value).map_err(MatrixError::internal)?;
                    if name == ProfileFieldName::DisplayName.as_str() {
                        user_directory::index(transaction, &user_id, value.as_str()).await?;
                    }
                    profile.insert(name.clone(), value);
                    let size = serde_json::to_vec(&profile).map_err(MatrixError::internal)?.len();
                    if size > MAXIMUM_PROFILE {
                        return Err(MatrixError::custom("M_PROFILE_TOO_LARGE", "the profile is too large"));
                    }
                    let sql = "INSERT INTO profile_fields (user_id, name, value) VALUES ($1, $2, $3) \
                        ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value";
                    transaction.execute(sql, args![user_id, name, json]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Removes a field; it may be missing already.
    pub async fn remove(&self, user_id: &UserId, name: &ProfileFieldName) -> Result<()> {
        let (user_id, name) = (user_id.to_owned(), name.as_str().to_owned());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM profile_fields WHERE user_id = $1 AND name = $2";
                    transaction.execute(sql, args![&user_id, &name]).await?;
                    if name == ProfileFieldName::DisplayName.as_str() {
                        user_directory::index(transaction, &user_id, None).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// Whether member events carry the field, so that a change of it concerns rooms.
pub fn is_of_members(name: &ProfileFieldName) -> bool {
    matches!(name, ProfileFieldName::DisplayName | ProfileFieldName::AvatarUrl)
}

async fn fields(connection: &mut Connection, user_id: &UserId) -> Result<BTreeMap<String, JsonValue>> {
    let sql = "SELECT name, value FROM profile_fields WHERE user_id = $1";
    let mut fields = BTreeMap::new();
    for row in connection.fetch_all(sql, args![user_id]).await? {
        let value = serde_json::from_slice(&row.get::<Vec<u8>>(1)?)
            .map_err(|_| StorageError::Column { column: "value".to_owned(), expected: "JSON" })?;
        fields.insert(row.get(0)?, value);
    }
    Ok(fields)
}
