//! Which names an account can have, see [user identifiers].
//!
//! [user identifiers]: https://spec.matrix.org/v1.18/appendices/#user-identifiers

use ruma::{OwnedDeviceId, OwnedUserId, UserId};

use super::Accounts;
use crate::{MatrixError, Result};

/// The longest user ID, in bytes.
const MAXIMUM_LENGTH: usize = 255;

impl Accounts {
    /// The user ID a new account of this localpart would have, or why it cannot. Capitals are taken for small
    /// letters, as they are at log-in: people begin their names with one.
    pub fn user_id_for(&self, localpart: &str) -> Result<OwnedUserId> {
        let localpart = localpart.to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._=-/+".contains(c);
        if localpart.is_empty() || !localpart.chars().all(allowed) {
            let message = "a user name consists of the letters a to z, digits and the characters . _ = - / +";
            return Err(MatrixError::invalid_username(message));
        }
        let user_id = UserId::parse_with_server_name(localpart.as_str(), &self.config.server_name);
        // ruma is built to accept any length, for the sake of old rooms.
        let user_id = user_id.ok().filter(|user_id| user_id.as_str().len() <= MAXIMUM_LENGTH);
        user_id.ok_or_else(|| MatrixError::invalid_username("the user name is too long"))
    }

    /// Refuses a name that is not free.
    pub async fn check_available(&self, user_id: &UserId) -> Result<()> {
        if self.exists(user_id).await? {
            return Err(MatrixError::user_in_use("the user name is taken"));
        }
        Ok(())
    }

    /// The user ID someone means who writes a localpart or a whole ID.
    pub fn user_id_of(&self, written: &str) -> Result<OwnedUserId> {
        let written = written.trim().to_ascii_lowercase();
        let user_id = if written.starts_with('@') {
            UserId::parse(&written)
        } else {
            UserId::parse_with_server_name(written.as_str(), &self.config.server_name)
        };
        let user_id = user_id.map_err(|_| MatrixError::invalid_param("this is no user ID"))?;
        if user_id.server_name() != self.config.server_name {
            return Err(MatrixError::invalid_param("this user is not of this server"));
        }
        Ok(user_id)
    }

    /// Whether the user is one of ours.
    pub fn is_local(&self, user_id: &UserId) -> bool {
        user_id.server_name() == self.config.server_name
    }

    /// A name for someone who did not choose one.
    pub fn random_localpart(&self) -> String {
        self.environment.word(12).to_ascii_lowercase()
    }

    /// A name for a device whose client did not choose one.
    pub fn random_device_id(&self) -> OwnedDeviceId {
        self.environment.word(10).to_ascii_uppercase().into()
    }
}
