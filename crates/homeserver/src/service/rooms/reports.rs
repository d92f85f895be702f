//! What users tell the administrator, see [reporting content].
//!
//! [reporting content]: https://spec.matrix.org/v1.18/client-server-api/#reporting-content

use ruma::{EventId, RoomId, UserId};

use serde::Serialize;
use serde_json::value::RawValue;

use super::Rooms;
use crate::{
    MatrixError, Result,
    storage::{Row, WriteKey, args},
};

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub enum Reported<'r> {
    /// An event of a room its reporter is in.
    Event(&'r RoomId, &'r EventId),
    /// A room.
    Room(&'r RoomId),
    /// A user.
    User(&'r UserId),
}

/// A report, as the administrator reads it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Counts up.
    pub report: i64,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Who made it.
    pub reporter: String,
    /// The room, of an event too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// In the reporter's words.
    pub reason: String,
    /// The event as it stands in its room now, if it does: the administrator need not be a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Box<RawValue>>,
}

impl Rooms {
    /// The reports after one of this number, oldest first.
    pub async fn reports(&self, after: i64) -> Result<Vec<Report>> {
        let sql = "SELECT reports.report, reports.created_at, reports.reporter, reports.room_id, reports.event_id, \
                   reports.user_id, reports.reason, events.json \
                   FROM reports LEFT JOIN events ON events.event_id = reports.event_id \
                   WHERE reports.report > $1 ORDER BY reports.report";
        let rows = self.storage().read().await?.fetch_all(sql, args![after]).await?;
        let report = |row: &Row| {
            let event: Option<Vec<u8>> = row.get(7)?;
            let event = event.map(|json| serde_json::from_slice(&json)).transpose().map_err(MatrixError::internal)?;
            Ok(Report {
                report: row.get(0)?,
                created_at: row.get(1)?,
                reporter: row.get(2)?,
                room_id: row.get(3)?,
                event_id: row.get(4)?,
                user_id: row.get(5)?,
                reason: String::from_utf8_lossy(&row.get::<Vec<u8>>(6)?).into_owned(),
                event,
            })
        };
        rows.iter().map(report).collect()
    }

    /// Keeps a report for the administrator. What the reporter cannot know of is not there.
    pub async fn report(&self, reporter: &UserId, reported: Reported<'_>, reason: &str) -> Result<()> {
        let (room_id, event_id, user_id) = match reported {
            Reported::Event(room_id, event_id) => {
                let missing = |_| MatrixError::not_found("there is no such event, or you are not in its room");
                self.require_joined(room_id, reporter).await.map_err(missing)?;
                self.event(room_id, event_id, reporter).await.map_err(missing)?;
                (Some(room_id), Some(event_id), None)
            }
            Reported::Room(room_id) => {
                // Says so if there is none.
                self.is_published(room_id).await?;
                (Some(room_id), None, None)
            }
            Reported::User(user_id) => {
                self.require_known(user_id).await?;
                (None, None, Some(user_id))
            }
        };
        let now = self.environment().now_millis();
        let values = args![
            reporter,
            room_id.map(RoomId::as_str),
            event_id.map(EventId::as_str),
            user_id.map(UserId::as_str),
            reason.as_bytes(),
            now,
        ];
        tracing::info!(%reporter, ?reported, "something was reported");
        self.storage()
            .write(WriteKey::Server("reports"), move |transaction| {
                Box::pin(async move {
                    let sql = "INSERT INTO reports (reporter, room_id, event_id, user_id, reason, created_at) \
                               VALUES ($1, $2, $3, $4, $5, $6)";
                    transaction.execute(sql, values).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await
    }

    /// Whether there is such a user, here or in any room.
    async fn require_known(&self, user_id: &UserId) -> Result<()> {
        let sql = "SELECT 1 FROM users WHERE user_id = $1 UNION ALL \
                   SELECT 1 FROM memberships WHERE user_id = $1 LIMIT 1";
        let row = self.storage().read().await?.fetch_optional(sql, args![user_id]).await?;
        row.map(drop).ok_or_else(|| MatrixError::not_found("there is no such user"))
    }
}
