//! Writing: everything that goes through the outbox, drafts, and what passes: typing and receipts.

use std::time::Duration;

use ruma::{
    OwnedEventId, OwnedRoomId, OwnedTransactionId, RoomId,
    api::client::{read_marker::set_read_marker, typing::create_typing_event},
};
use trellis_model::{
    compose::{self, Toggle},
    protocol::{Command, Composable, Draft, DraftMode, ItemKey, Refusal, Reply},
    room::composable,
    send_queue::{Media, Outgoing},
    timeline::{IndexKey, Item},
};

use super::{Answer, Files};
use crate::{core::Core, media, port::Batch, queue::Turn, sender, sign_in::store_refusal};

/// How long others show that the person types, unless they say so again.
const TYPING: Duration = Duration::from_secs(30);

pub(super) async fn answer(core: &Core, command: Command, files: &Files) -> Result<Answer, Refusal> {
    match command {
        Command::SendMessage { room_id, transaction_id, draft } => send(core, room_id, transaction_id, draft).await?,
        Command::SendFile { .. } => send_file(core, command, files).await?,
        Command::ToggleReaction { room_id, transaction_id, target, key } => {
            toggle_reaction(core, room_id, transaction_id, &target, &key).await?;
        }
        Command::Redact { room_id, transaction_id, target, reason } => {
            let turn = core.writer.turn().await;
            if new(core, &room_id, &transaction_id).await? {
                let item = item(core, &room_id, &target).await?.ok_or(Refusal::NotFound)?;
                let outgoing = compose::redaction(&item, reason);
                enqueue(core, &turn, Batch::default(), room_id, transaction_id, outgoing).await?;
            }
        }
        Command::Retry { transaction_id, .. } => sender::retry(core, &transaction_id).await?,
        Command::CancelSend { transaction_id, .. } => sender::cancel(core, &transaction_id).await?,
        Command::SaveDraft { room_id, draft } => {
            let turn = core.writer.turn().await;
            let mut batch = Batch::default();
            core.records.put_draft(&mut batch, &room_id, draft.as_ref());
            core.records.commit(batch).await.map_err(store_refusal)?;
            drop(turn);
            core.subscriptions.draft_changed(&room_id);
            core.shown.ring();
        }
        Command::SetTyping { room_id, typing } => set_typing(core, room_id, typing).await?,
        Command::MarkRead { room_id, up_to, private } => mark_read(core, room_id, up_to, private).await?,
        _ => return Err(Refusal::InvalidInput),
    }
    Ok(Reply::Done.into())
}

/// Queues a message. The draft it was is gone in the same transaction.
async fn send(
    core: &Core,
    room_id: OwnedRoomId,
    transaction_id: OwnedTransactionId,
    draft: Draft,
) -> Result<(), Refusal> {
    let turn = core.writer.turn().await;
    if !new(core, &room_id, &transaction_id).await? {
        return Ok(());
    }
    check_writable(core, &room_id).await?;
    let target = match &draft.mode {
        DraftMode::Message => None,
        DraftMode::Reply { to: key } | DraftMode::Edit { of: key } => item(core, &room_id, key).await?,
    };
    let outgoing = compose::message(&core.account.borrow(), &draft, target.as_ref()).ok_or(Refusal::InvalidInput)?;
    let mut batch = Batch::default();
    core.records.put_draft(&mut batch, &room_id, None);
    enqueue(core, &turn, batch, room_id.clone(), transaction_id, outgoing).await?;
    core.subscriptions.draft_changed(&room_id);
    Ok(())
}

/// Queues a file, copied before the page may let go of it.
async fn send_file(core: &Core, command: Command, files: &Files) -> Result<(), Refusal> {
    let Command::SendFile { room_id, transaction_id, file, file_name, mimetype, width, height, caption } = command
    else {
        return Err(Refusal::InvalidInput);
    };
    let file = files.get(file)?;
    media::check_size(core, file.size())?;
    let bytes = media::read(file).await?;
    let turn = core.writer.turn().await;
    if !new(core, &room_id, &transaction_id).await? {
        return Ok(());
    }
    check_writable(core, &room_id).await?;
    let mut batch = Batch::default();
    core.records.put_file(&mut batch, &transaction_id, &bytes);
    let size = file.size();
    let media = Media { file_name, mimetype, size, width, height, duration: None, caption, uri: None, uploaded: false };
    enqueue(core, &turn, batch, room_id, transaction_id, Outgoing::Media(media)).await
}

async fn toggle_reaction(
    core: &Core,
    room_id: OwnedRoomId,
    transaction_id: OwnedTransactionId,
    target: &ItemKey,
    key: &str,
) -> Result<(), Refusal> {
    let turn = core.writer.turn().await;
    if !new(core, &room_id, &transaction_id).await? {
        return Ok(());
    }
    let item = item(core, &room_id, target).await?.ok_or(Refusal::NotFound)?;
    let toggle = compose::toggle_reaction(&core.account.borrow(), &item, key);
    match toggle {
        Toggle::Send(outgoing) => enqueue(core, &turn, Batch::default(), room_id, transaction_id, outgoing).await,
        Toggle::Cancel(unsent) => {
            drop(turn);
            sender::cancel(core, &unsent).await
        }
    }
}

/// Whether the command did not come before.
async fn new(core: &Core, room_id: &OwnedRoomId, transaction_id: &OwnedTransactionId) -> Result<bool, Refusal> {
    Ok(!sender::is_known(core, room_id, transaction_id).await.map_err(store_refusal)?)
}

async fn enqueue(
    core: &Core,
    turn: &Turn<'_>,
    batch: Batch,
    room_id: OwnedRoomId,
    transaction_id: OwnedTransactionId,
    outgoing: Outgoing,
) -> Result<(), Refusal> {
    sender::enqueue(core, turn, batch, room_id, transaction_id, outgoing).await.map_err(store_refusal)
}

/// What cannot be sent in the end is not queued: a plain text must never go into an encrypted room.
async fn check_writable(core: &Core, room_id: &RoomId) -> Result<(), Refusal> {
    let room = core.records.room(room_id).await.map_err(store_refusal)?.ok_or(Refusal::NotFound)?;
    match composable(&core.account.borrow(), &room) {
        Composable::Yes => Ok(()),
        _ => Err(Refusal::Forbidden { reason: None }),
    }
}

async fn item(core: &Core, room_id: &RoomId, key: &ItemKey) -> Result<Option<Item>, Refusal> {
    let Some(entry) = IndexKey::of_item(key) else { return Ok(None) };
    let chunks = core.records.chunks_with(room_id, &entry).await.map_err(store_refusal)?;
    Ok(chunks.into_iter().find_map(|chunk| chunk.item(key).cloned()))
}

async fn set_typing(core: &Core, room_id: OwnedRoomId, typing: bool) -> Result<(), Refusal> {
    use create_typing_event::v3::{Request, Typing, TypingInfo};
    let typing = if typing { Typing::Yes(TypingInfo::new(TYPING)) } else { Typing::No };
    core.homeserver.send(Request::new(core.user_id(), room_id, typing)).await?;
    Ok(())
}

async fn mark_read(core: &Core, room_id: OwnedRoomId, up_to: OwnedEventId, private: bool) -> Result<(), Refusal> {
    let mut request = set_read_marker::v3::Request::new(room_id);
    request.fully_read = Some(up_to.clone());
    if private {
        request.private_read_receipt = Some(up_to);
    } else {
        request.read_receipt = Some(up_to);
    }
    core.homeserver.send(request).await?;
    Ok(())
}
