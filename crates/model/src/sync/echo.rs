//! Local echoes: what the person wrote stands in the timeline at once, and stays the same row when it comes back.

use ruma::{OwnedTransactionId, RoomId, TransactionId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::SendProgress;
use crate::{
    account::Account,
    changes::{Needs, RoomChanges, Snapshot},
    protocol::{ItemKey, Membership},
    room::{StoredRoom, preview},
    timeline::{
        Echo, IndexKey, Item, Position, Reaction, Redaction, Replacement,
        editor::{Editor, sort_replacements},
    },
};

/// Something the person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalEcho {
    pub transaction_id: OwnedTransactionId,
    /// When it was written, milliseconds since the Unix epoch.
    pub timestamp: u64,
    pub body: EchoBody,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EchoBody {
    /// A row of its own. `content`: text of a JSON object.
    Event { event_type: String, content: String },
    /// A reaction to an item.
    Reaction { target: ItemKey, key: String },
    /// A newer text of an item: its event's type and `m.new_content`.
    Replacement { target: ItemKey, event_type: String, new_content: String },
    /// An item's content is taken away.
    Redaction { target: ItemKey, reason: Option<String> },
    /// The person's reaction to an item is taken away.
    ReactionRedaction { target: ItemKey, key: String },
}

impl EchoBody {
    /// The item it says something about.
    pub fn target(&self) -> Option<&ItemKey> {
        match self {
            Self::Event { .. } => None,
            Self::Reaction { target, .. }
            | Self::Replacement { target, .. }
            | Self::Redaction { target, .. }
            | Self::ReactionRedaction { target, .. } => Some(target),
        }
    }
}

pub(super) fn needs(room: Option<&StoredRoom>, echo: &LocalEcho) -> Needs {
    let mut needs = needs_progress(&echo.transaction_id);
    needs.index.extend(echo.body.target().and_then(IndexKey::of_item));
    if let Some(room) = room {
        needs.chunks.extend(room.latest_chunks.iter().copied());
    }
    needs
}

pub(super) fn needs_progress(transaction_id: &TransactionId) -> Needs {
    let mut needs = Needs::default();
    needs.chunks.insert(Position::PENDING);
    needs.index.insert(IndexKey::Transaction(transaction_id.to_owned()));
    needs
}

/// Puts what the person wrote on the screen.
pub(super) fn enqueued(account: &Account, room_id: &RoomId, snapshot: &Snapshot, echo: &LocalEcho) -> RoomChanges {
    let mut timeline = Editor::new(snapshot);
    if !is_known(snapshot, &echo.transaction_id) {
        match &echo.body {
            EchoBody::Event { event_type, content } => {
                let item = local_item(account, echo, event_type, content);
                timeline.touched.insert(item.key.clone());
                timeline.reordered = true;
                timeline.chunk_mut(Position::PENDING).items.push(item);
            }
            body => {
                let place = body.target().and_then(|target| timeline.place_of_key(target));
                if let Some(item) = place.and_then(|place| timeline.item_mut(place)) {
                    relate(account, item, echo);
                }
            }
        }
    }
    finish(account, room_id, snapshot, timeline)
}

/// The transaction is on the screen already: the command came twice.
fn is_known(snapshot: &Snapshot, transaction_id: &TransactionId) -> bool {
    let entry = IndexKey::Transaction(transaction_id.to_owned());
    snapshot.chunks.values().any(|chunk| chunk.index().contains(&entry))
}

fn local_item(account: &Account, echo: &LocalEcho, event_type: &str, content: &str) -> Item {
    Item {
        key: Item::key_of_transaction(&echo.transaction_id),
        event_id: None,
        transaction_id: Some(echo.transaction_id.clone()),
        sender: account.user_id.clone(),
        timestamp: echo.timestamp,
        event_type: event_type.to_owned(),
        state_key: None,
        json: event_json(event_type, content),
        well_formed: true,
        encrypted: None,
        undecryptable: None,
        echo: Some(Echo::Queued),
        replacements: Vec::new(),
        reactions: Vec::new(),
        redaction: None,
        trailing: Vec::new(),
    }
}

fn event_json(event_type: &str, content: &str) -> String {
    let content: Map<String, Value> = serde_json::from_str(content).unwrap_or_default();
    json!({ "type": event_type, "content": content }).to_string()
}

fn relate(account: &Account, item: &mut Item, echo: &LocalEcho) {
    let transaction_id = Some(echo.transaction_id.clone());
    match &echo.body {
        EchoBody::Event { .. } => {}
        EchoBody::Reaction { key, .. } => item.reactions.push(Reaction {
            key: key.clone(),
            sender: account.user_id.clone(),
            event_id: None,
            transaction_id,
            timestamp: echo.timestamp,
            echo: Some(Echo::Queued),
            redacted_by: None,
        }),
        EchoBody::Replacement { event_type, new_content, .. } => {
            item.replacements.push(Replacement {
                event_id: None,
                transaction_id,
                timestamp: echo.timestamp,
                json: event_json(event_type, new_content),
                echo: Some(Echo::Queued),
            });
            sort_replacements(item);
        }
        EchoBody::Redaction { reason, .. } => {
            item.redaction.get_or_insert(Redaction {
                event_id: None,
                transaction_id,
                sender: account.user_id.clone(),
                reason: reason.clone(),
                timestamp: echo.timestamp,
                echo: Some(Echo::Queued),
            });
        }
        EchoBody::ReactionRedaction { key, .. } => {
            let own = item.reactions.iter_mut().find(|reaction| {
                reaction.sender == account.user_id && reaction.key == *key && reaction.redacted_by.is_none()
            });
            if let Some(reaction) = own {
                reaction.redacted_by = transaction_id;
            }
        }
    }
}

/// The sending came further.
pub(super) fn progress(
    account: &Account,
    room_id: &RoomId,
    snapshot: &Snapshot,
    transaction_id: &TransactionId,
    progress: &SendProgress,
) -> RoomChanges {
    let mut timeline = Editor::new(snapshot);
    if let Some(place) = timeline.place_of_transaction(transaction_id) {
        if *progress == SendProgress::Cancelled {
            let pending = timeline.chunk_mut(Position::PENDING);
            pending.items.retain(|item| item.transaction_id.as_deref() != Some(transaction_id));
            timeline.reordered = true;
        } else if timeline.item(place).is_some_and(|item| item.echo.is_some())
            && let Some(item) = timeline.item_mut(place)
        {
            advance_item(item, progress);
        }
    } else if let Some(place) = timeline.place_of_relation(transaction_id)
        && let Some(item) = timeline.item_mut(place)
    {
        advance_relations(item, transaction_id, progress);
    }
    finish(account, room_id, snapshot, timeline)
}

fn advance_item(item: &mut Item, progress: &SendProgress) {
    match progress {
        SendProgress::Now(echo) => item.echo = Some(echo.clone()),
        SendProgress::Sent(event_id) => {
            item.event_id = Some(event_id.clone());
            item.echo = Some(Echo::Sent);
        }
        SendProgress::Content(content) => item.json = event_json(&item.event_type, content),
        SendProgress::Cancelled => {}
    }
}

fn advance_relations(item: &mut Item, transaction_id: &TransactionId, progress: &SendProgress) {
    let is_it = |id: &Option<OwnedTransactionId>| id.as_deref() == Some(transaction_id);
    if *progress == SendProgress::Cancelled {
        item.replacements.retain(|replacement| !is_it(&replacement.transaction_id));
        item.reactions.retain(|reaction| !is_it(&reaction.transaction_id));
        for reaction in item.reactions.iter_mut().filter(|reaction| is_it(&reaction.redacted_by)) {
            reaction.redacted_by = None;
        }
        if item
            .redaction
            .as_ref()
            .is_some_and(|redaction| redaction.event_id.is_none() && is_it(&redaction.transaction_id))
        {
            item.redaction = None;
        }
        return;
    }
    // What a failed redaction was to take away is shown again.
    if matches!(progress, SendProgress::Now(Echo::Failed(_))) {
        for reaction in item.reactions.iter_mut().filter(|reaction| is_it(&reaction.redacted_by)) {
            reaction.redacted_by = None;
        }
    }
    let replacements = item.replacements.iter_mut().map(|one| (&one.transaction_id, &mut one.event_id, &mut one.echo));
    let reactions = item.reactions.iter_mut().map(|one| (&one.transaction_id, &mut one.event_id, &mut one.echo));
    for (id, event_id, echo) in replacements.chain(reactions) {
        if is_it(id) && echo.is_some() {
            match progress {
                SendProgress::Now(now) => *echo = Some(now.clone()),
                SendProgress::Sent(sent) => {
                    *event_id = Some(sent.clone());
                    *echo = Some(Echo::Sent);
                }
                SendProgress::Cancelled | SendProgress::Content(_) => {}
            }
        }
    }
    if let Some(redaction) = item.redaction.as_mut().filter(|one| one.event_id.is_none() && is_it(&one.transaction_id))
    {
        match progress {
            SendProgress::Now(now) => redaction.echo = Some(now.clone()),
            // Its ID is taken from the sync: until then the content is kept.
            SendProgress::Sent(_) => redaction.echo = Some(Echo::Sent),
            SendProgress::Cancelled | SendProgress::Content(_) => {}
        }
    }
}

fn finish(account: &Account, room_id: &RoomId, snapshot: &Snapshot, timeline: Editor<'_>) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let mut room = snapshot.room_or_new(room_id, Membership::Join);
    room.update_pending(timeline.chunk(Position::PENDING));
    preview::update(&mut room, &timeline, |user_id| {
        preview::stored_name(snapshot, &changes, user_id).filter(|_| *user_id != account.user_id)
    });
    timeline.finish(snapshot, &mut room, &mut changes);
    if snapshot.room.as_ref() != Some(&room) {
        changes.touched.tile = true;
        changes.room = Some(room);
    }
    changes
}
