//! Asks the index, and remembers where an answer ended.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};

use super::{Wanted, text::Term};
use crate::{
    MatrixError, Result,
    storage::{Connection, StreamPosition, Value, args, texts},
};

/// The most that is looked at for one answer. What is ranked lower is not found.
pub(super) const CANDIDATES: usize = 1_000;

/// An event that has the words.
pub(super) struct Candidate {
    pub(super) position: StreamPosition,
    pub(super) event_id: OwnedEventId,
    /// How well it fits.
    pub(super) rank: f64,
}

/// What results are grouped by, and the value of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Group {
    /// Their room.
    Room(OwnedRoomId),
    /// Their sender.
    Sender(OwnedUserId),
}

/// Where an answer ended. Opaque to clients.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SearchToken {
    up_to: StreamPosition,
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    within: Option<Group>,
}

impl SearchToken {
    pub(super) fn from_start(now: StreamPosition) -> Self {
        Self { up_to: now, offset: 0, within: None }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Goes on with what is older.
    pub(super) fn before(&self, position: StreamPosition) -> Self {
        Self { up_to: position - 1, offset: 0, within: self.within.clone() }
    }

    /// Goes on with what ranks lower.
    pub(super) fn after(&self, results: usize) -> Self {
        Self { offset: self.offset + results, ..self.clone() }
    }

    pub(super) fn within(self, group: Group) -> Self {
        Self { within: Some(group), ..self }
    }

    /// Reads a token.
    pub fn parse(text: &str) -> Result<Self> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let token = json.and_then(|json| serde_json::from_slice(&json).ok());
        token.ok_or_else(|| MatrixError::invalid_param("this token was not made by this server"))
    }
}

impl std::fmt::Display for SearchToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| std::fmt::Error)?;
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(json))
    }
}

/// The parameters of a statement, numbered as they come.
struct Parameters(Vec<Value>);

impl Parameters {
    fn add(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }
}

/// Events that have all words, in rooms the user is or was in and that are not encrypted; in the order
/// asked for.
pub(super) async fn candidates(
    connection: &mut Connection,
    wanted: &Wanted<'_>,
    terms: &[Term],
    from: &SearchToken,
) -> Result<Vec<Candidate>> {
    let mut words: Vec<(&str, bool)> = terms
        .iter()
        .flat_map(|term| {
            // A single character is the beginning of each two.
            let prefix = term.part && term.words.len() == 1 && term.whole.chars().count() == 1;
            term.words.iter().map(move |word| (word.as_str(), prefix))
        })
        .collect();
    words.dedup();
    // The longest is the rarest, more or less.
    words.sort_by_key(|(word, prefix)| (*prefix, std::cmp::Reverse(word.chars().count())));
    let mut parameters = Parameters(args![]);
    let user_id = parameters.add(wanted.user_id);
    let mut joins = String::new();
    let mut conditions = String::new();
    let mut ranks = Vec::new();
    for (number, (word, prefix)) in words.iter().enumerate() {
        let word = is_word(&mut parameters, number, word, *prefix);
        ranks.push(format!("w{number}.weight"));
        let result = if number == 0 {
            write!(conditions, " AND {word}")
        } else {
            write!(
                joins,
                " JOIN search_words w{number} ON w{number}.room_id = w0.room_id \
                 AND w{number}.position = w0.position AND {word}"
            )
        };
        result.map_err(MatrixError::internal)?;
    }
    let up_to = parameters.add(from.up_to);
    conditions.push_str(&format!(" AND w0.position <= {up_to}"));
    restrict(&mut conditions, &mut parameters, wanted, from);
    let order = if wanted.recent { "w0.position DESC" } else { "3 DESC, w0.position DESC" };
    let sql = format!(
        "SELECT w0.position, event.event_id, MAX({}) FROM search_words w0{joins} \
         JOIN memberships m ON m.room_id = w0.room_id AND m.user_id = {user_id} \
         JOIN events event ON event.position = w0.position \
         WHERE m.membership IN ('join', 'leave', 'ban') AND m.forgotten = 0 AND NOT EXISTS (SELECT 1 \
         FROM current_state s WHERE s.room_id = w0.room_id AND s.type = 'm.room.encryption' AND s.state_key = '')\
         {conditions} GROUP BY w0.position, event.event_id ORDER BY {order} LIMIT {CANDIDATES}",
        ranks.join(" + ")
    );
    let rows = connection.fetch_all(sql, parameters.0).await?;
    let candidates = rows.iter().map(|row| {
        #[expect(clippy::cast_precision_loss, reason = "a rough measure")]
        let rank = row.get::<i64>(2)? as f64 / 1000.0;
        Ok(Candidate { position: row.get(0)?, event_id: row.get(1)?, rank })
    });
    candidates.collect()
}

fn is_word(parameters: &mut Parameters, number: usize, word: &str, prefix: bool) -> String {
    let first = parameters.add(word);
    if !prefix {
        return format!("w{number}.word = {first}");
    }
    let end = parameters.add(format!("{word}\u{10ffff}"));
    format!("w{number}.word >= {first} AND w{number}.word < {end}")
}

fn restrict(conditions: &mut String, parameters: &mut Parameters, wanted: &Wanted<'_>, from: &SearchToken) {
    let kinds: Vec<String> = wanted.kinds.iter().map(|kind| (*kind as i64).to_string()).collect();
    conditions.push_str(&format!(" AND w0.kind IN ({})", kinds.join(", ")));
    if let Some(rooms) = &wanted.filter.rooms {
        if rooms.is_empty() {
            conditions.push_str(" AND 1 = 0");
        } else {
            parameters.0.push(texts(rooms).into());
            conditions.push_str(&format!(" AND w0.room_id {{in {}}}", parameters.0.len()));
        }
    }
    match &from.within {
        None => {}
        Some(Group::Room(room_id)) => {
            let room_id = parameters.add(room_id);
            conditions.push_str(&format!(" AND w0.room_id = {room_id}"));
        }
        Some(Group::Sender(user_id)) => {
            let user_id = parameters.add(user_id);
            conditions.push_str(&format!(" AND event.sender = {user_id}"));
        }
    }
}
