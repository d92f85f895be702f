//! Finds people, see [user directory].
//!
//! Someone is found by those who could see them anyway: in a room they share, in a room that anyone may join or
//! read, or by their whole name. It is not a list of the server's accounts.
//!
//! [user directory]: https://spec.matrix.org/v1.18/client-server-api/#user-directory

use ruma::{OwnedUserId, UserId};

use super::profile::{MemberProfile, Profiles};
use crate::{
    Result,
    storage::{Storage, StorageError, Transaction, args},
};

/// The most that one answer holds.
const MAXIMUM_RESULTS: u32 = 50;

/// Finds people.
#[derive(Clone, Debug)]
pub struct UserDirectory {
    storage: Storage,
    profiles: Profiles,
}

/// Who was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The people, those that are named exactly first.
    pub users: Vec<(OwnedUserId, MemberProfile)>,
    /// Whether there are more.
    pub limited: bool,
}

impl UserDirectory {
    pub(super) fn new(storage: Storage, profiles: Profiles) -> Self {
        Self { storage, profiles }
    }

    /// Those whose name contains the term, as far as the viewer may find them; `exact` is the user
    /// that the term names.
    pub async fn search(&self, viewer: &UserId, term: &str, exact: Option<&UserId>, limit: u32) -> Result<Found> {
        let limit = limit.clamp(1, MAXIMUM_RESULTS);
        let sql = "SELECT d.user_id FROM user_directory d \
            WHERE (d.words LIKE $1 ESCAPE '!' OR d.user_id = $3) AND ((d.user_id = $3 AND d.user_id <> $2) \
                OR EXISTS (SELECT 1 FROM memberships theirs JOIN memberships own ON own.room_id = theirs.room_id \
                    WHERE d.user_id <> $2 AND theirs.user_id = d.user_id AND theirs.membership = 'join' \
                    AND own.user_id = $2 AND own.membership = 'join') \
                OR EXISTS (SELECT 1 FROM memberships theirs JOIN rooms ON rooms.room_id = theirs.room_id \
                    WHERE theirs.user_id = d.user_id AND theirs.membership = 'join' AND rooms.published = 1) \
                OR EXISTS (SELECT 1 FROM memberships theirs JOIN current_state open ON open.room_id = theirs.room_id \
                    AND open.type IN ('m.room.join_rules', 'm.room.history_visibility') AND open.state_key = '' \
                    JOIN events event ON event.event_id = open.event_id \
                    WHERE theirs.user_id = d.user_id AND theirs.membership = 'join' \
                    AND (event.json LIKE $5 OR event.json LIKE $6))) \
            ORDER BY CASE WHEN d.user_id = $3 THEN 0 ELSE 1 END, d.user_id LIMIT $4";
        // Events are stored as canonical JSON, so this is how such content is written.
        let joinable = br#"%"join_rule":"public"%"#.to_vec();
        let readable = br#"%"history_visibility":"world_readable"%"#.to_vec();
        let values = args![pattern(term), viewer, exact, i64::from(limit) + 1, joinable, readable];
        let rows = self.storage.read().await?.fetch_all(sql, values).await?;
        let limited = rows.len() > limit as usize;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows.iter().take(limit as usize) {
            let user_id: OwnedUserId = row.get(0)?;
            let profile = self.profiles.of_member(&user_id).await?;
            users.push((user_id, profile));
        }
        Ok(Found { users, limited })
    }
}

/// Notes within a unit of work what a user is found by.
pub(super) async fn index(
    transaction: &mut Transaction,
    user_id: &UserId,
    display_name: Option<&str>,
) -> Result<(), StorageError> {
    let words = normalize(&format!("{user_id} {}", display_name.unwrap_or_default()));
    let sql = "INSERT INTO user_directory (user_id, words) VALUES ($1, $2) \
        ON CONFLICT (user_id) DO UPDATE SET words = excluded.words";
    transaction.execute(sql, args![user_id, words]).await?;
    Ok(())
}

/// In lower case, and without the character that a text column refuses.
fn normalize(text: &str) -> String {
    text.to_lowercase().replace('\0', "")
}

/// Contains the term; what `LIKE` would take for a wildcard stands for itself.
fn pattern(term: &str) -> String {
    let mut pattern = String::from("%");
    for c in normalize(term).trim().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(pattern(" 100%_Sure! "), "%100!%!_sure!!%");
    }
}
