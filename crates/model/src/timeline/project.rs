//! Items as the page shows them.

mod content;
mod facts;

use std::collections::{BTreeMap, BTreeSet};

use ruma::{EventId, OwnedEventId};
use serde_json::{Map, Value};

use super::{Echo, Gap, IndexKey, Item};
use crate::{
    account::Account,
    changes::Needs,
    event::content_of,
    protocol::{
        EventItem, ItemContent, Membership, MessageKind, ReactionTally, ReadBy, Refusal, ReplyPreview, SendState,
        TimelineRow, TimelineRowKind,
    },
    room::{Members, Receipt, StoredRoom, preview},
};

pub use self::{content::strip_reply_fallback, facts::state_fact};

/// How many names a reaction's tooltip has.
const REACTION_NAMES: usize = 10;

/// What rows are seen with.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub account: &'a Account,
    pub room: &'a StoredRoom,
    pub members: &'a Members,
    /// Who read up to where: [`readers`].
    pub readers: &'a BTreeMap<OwnedEventId, Vec<Receipt>>,
    /// The items that others reply to, as far as they are stored.
    pub replied: &'a BTreeMap<OwnedEventId, Item>,
}

/// Which readers stand at each event: for everyone the newest of their receipts.
pub fn readers(receipts: impl IntoIterator<Item = Receipt>) -> BTreeMap<OwnedEventId, Vec<Receipt>> {
    let mut latest = BTreeMap::<_, Receipt>::new();
    for receipt in receipts {
        if receipt.thread_id.as_deref().is_some_and(|thread| thread != "main") {
            continue;
        }
        match latest.get(&receipt.user_id) {
            Some(known) if known.timestamp > receipt.timestamp => {}
            _ => {
                latest.insert(receipt.user_id.clone(), receipt);
            }
        }
    }
    let mut readers = BTreeMap::<OwnedEventId, Vec<Receipt>>::new();
    for receipt in latest.into_values() {
        readers.entry(receipt.event_id.clone()).or_default().push(receipt);
    }
    readers
}

/// What must be loaded to show items: the people in them, and what they reply to.
pub fn needs_of_rows<'a>(items: impl IntoIterator<Item = &'a Item>) -> Needs {
    let mut needs = Needs::default();
    for item in items {
        needs.members.insert(item.sender.clone());
        needs.members.extend(item.redaction.iter().map(|redaction| redaction.sender.clone()));
        needs.members.extend(item.reactions.iter().map(|reaction| reaction.sender.clone()));
        needs.index.extend(in_reply_to(item).map(IndexKey::Event));
    }
    needs
}

/// The event an item replies to.
pub fn in_reply_to(item: &Item) -> Option<OwnedEventId> {
    // Looked for in the event as it was first sent: a replacement cannot change it.
    if item.is_redacted() || !item.json.contains("m.in_reply_to") {
        return None;
    }
    let content: Map<String, Value> = content_of(&item.json)?;
    let relates_to = content.get("m.relates_to")?;
    // In a thread the reply is only for clients that know no threads.
    if relates_to.get("is_falling_back").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    EventId::parse(relates_to.get("m.in_reply_to")?.get("event_id")?.as_str()?).ok()
}

/// The row of a gap.
pub fn gap_row(gap: &Gap, loading: bool, failed: Option<Refusal>) -> TimelineRow {
    TimelineRow { key: gap.key.clone(), kind: TimelineRowKind::Gap(crate::protocol::Gap { loading, failed }) }
}

/// The row of an item.
pub fn project_row(scene: Scene<'_>, item: &Item) -> TimelineRow {
    TimelineRow { key: item.key.clone(), kind: TimelineRowKind::Event(Box::new(event_item(scene, item))) }
}

fn event_item(scene: Scene<'_>, item: &Item) -> EventItem {
    let me = &scene.account.user_id;
    let members = scene.members;
    let content = content::item_content(scene, item);
    let is_own = item.sender == *me;
    let (transaction_id, send_state) = sending(item);
    EventItem {
        event_id: item.event_id.clone(),
        transaction_id,
        sender: item.sender.clone(),
        sender_name: members.display_name(&item.sender),
        sender_ambiguous: members.is_ambiguous(&item.sender),
        sender_avatar: members.get(&item.sender).and_then(|member| member.avatar_url.clone()),
        timestamp: item.timestamp,
        is_own,
        highlight: !is_own && mentions(scene, item),
        in_reply_to: in_reply_to(item).map(|event_id| reply_preview(scene, event_id)),
        edits: if item.is_redacted() { 0 } else { item.replacements.len() as u32 },
        reactions: tally(scene, item),
        read_by: read_by(scene, item),
        can_edit: can_edit(scene, item, &content),
        can_redact: can_redact(scene, item),
        can_react: can_relate(scene, item) && scene.room.power_levels.may_send(me, "m.reaction"),
        editable_body: can_edit(scene, item, &content).then(|| content::editable_body(item)).flatten(),
        content,
        send_state,
    }
}

/// The sending that concerns a row: its own, or that of what is being done to it.
fn sending(item: &Item) -> (Option<ruma::OwnedTransactionId>, Option<SendState>) {
    let own = item.echo.as_ref().map(|echo| (&item.transaction_id, echo));
    let redaction = item.redaction.as_ref().and_then(|one| Some((&one.transaction_id, one.echo.as_ref()?)));
    let replacement = item.replacements.last().and_then(|one| Some((&one.transaction_id, one.echo.as_ref()?)));
    let failed_reaction = item
        .reactions
        .iter()
        .filter_map(|one| Some((&one.transaction_id, one.echo.as_ref()?)))
        .find(|(_, echo)| matches!(echo, Echo::Failed(_)));
    match own.or(redaction).or(replacement).or(failed_reaction) {
        Some((transaction_id, echo)) => (transaction_id.clone(), Some(send_state(echo))),
        None => (item.transaction_id.clone(), item.transaction_id.as_ref().map(|_| SendState::Sent)),
    }
}

fn send_state(echo: &Echo) -> SendState {
    match echo {
        Echo::Queued => SendState::Queued,
        Echo::Sending => SendState::Sending,
        Echo::Sent => SendState::Sent,
        Echo::Failed(refusal) => SendState::Failed(refusal.clone()),
    }
}

/// [`m.mentions`](https://spec.matrix.org/v1.18/client-server-api/#user-and-room-mentions) names the person, or the room
/// by someone who may.
fn mentions(scene: Scene<'_>, item: &Item) -> bool {
    if item.is_redacted() || !item.shown_json().contains("m.mentions") {
        return false;
    }
    let content: Map<String, Value> = content_of(item.shown_json()).unwrap_or_default();
    let Some(mentions) = content.get("m.mentions") else { return false };
    let people = mentions.get("user_ids").and_then(Value::as_array);
    let person = people.into_iter().flatten().any(|user| user.as_str() == Some(scene.account.user_id.as_str()));
    let room = mentions.get("room").and_then(Value::as_bool) == Some(true);
    person || (room && scene.room.power_levels.may_notify_room(&item.sender))
}

fn reply_preview(scene: Scene<'_>, event_id: OwnedEventId) -> ReplyPreview {
    let Some(item) = scene.replied.get(&event_id) else {
        return ReplyPreview { event_id: Some(event_id), sender_name: None, sender: None, excerpt: None };
    };
    ReplyPreview {
        event_id: Some(event_id),
        sender_name: Some(scene.members.name(&item.sender)),
        sender: Some(item.sender.clone()),
        excerpt: content::excerpt(item).map(|text| preview::line(&text)),
    }
}

/// Everyone counts once for each key, in the order in which the keys were first given.
fn tally(scene: Scene<'_>, item: &Item) -> Vec<ReactionTally> {
    if item.is_redacted() {
        return Vec::new();
    }
    let mut reactions: Vec<_> = item.reactions.iter().filter(|reaction| reaction.redacted_by.is_none()).collect();
    reactions.sort_by_key(|reaction| (reaction.event_id.is_none(), reaction.timestamp));
    let mut tallies = Vec::<(ReactionTally, BTreeSet<_>)>::new();
    for reaction in reactions {
        let index = tallies.iter().position(|(tally, _)| tally.key == reaction.key).unwrap_or_else(|| {
            let tally = ReactionTally { key: reaction.key.clone(), count: 0, is_own: false, names: Vec::new() };
            tallies.push((tally, BTreeSet::new()));
            tallies.len() - 1
        });
        let Some((tally, senders)) = tallies.get_mut(index) else { continue };
        if senders.insert(&reaction.sender) {
            tally.count += 1;
            tally.is_own |= reaction.sender == scene.account.user_id;
            if tally.names.len() < REACTION_NAMES {
                tally.names.push(scene.members.name(&reaction.sender));
            }
        }
    }
    tallies.into_iter().map(|(tally, _)| tally).collect()
}

/// Readers of the row, or of what stands between it and the next.
fn read_by(scene: Scene<'_>, item: &Item) -> Vec<ReadBy> {
    let at = item.event_id.iter().chain(&item.trailing);
    let receipts = at.filter_map(|event_id| scene.readers.get(event_id)).flatten();
    receipts
        .filter(|receipt| receipt.user_id != scene.account.user_id && receipt.user_id != item.sender)
        .map(|receipt| ReadBy {
            user_id: receipt.user_id.clone(),
            display_name: scene.members.display_name(&receipt.user_id),
            avatar_url: scene.members.get(&receipt.user_id).and_then(|member| member.avatar_url.clone()),
            timestamp: receipt.timestamp,
        })
        .collect()
}

/// Whether something can be said about an item: what failed to be sent has nothing to relate to.
fn can_relate(scene: Scene<'_>, item: &Item) -> bool {
    scene.room.membership == Membership::Join
        && !item.is_redacted()
        && item.state_key.is_none()
        && !matches!(item.echo, Some(Echo::Failed(_)))
}

fn can_edit(scene: Scene<'_>, item: &Item, content: &ItemContent) -> bool {
    let is_text = matches!(content, ItemContent::Message { kind: MessageKind::Text | MessageKind::Emote, .. });
    let me = &scene.account.user_id;
    is_text && item.sender == *me && can_relate(scene, item) && scene.room.power_levels.may_send(me, "m.room.message")
}

fn can_redact(scene: Scene<'_>, item: &Item) -> bool {
    let (me, levels) = (&scene.account.user_id, &scene.room.power_levels);
    let own = item.sender == *me && levels.may_send(me, "m.room.redaction");
    can_relate(scene, item) && (own || levels.may_redact_others(me))
}
