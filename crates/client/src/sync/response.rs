//! Storing a sync response: in slices of rooms, each an idempotent transaction, the position with the last.
//!
//! A crash between two slices replays the response, which changes nothing that is there already. Commands take their
//! turn between slices.

use std::collections::BTreeSet;

use ruma::{OwnedRoomId, RoomId};
use serde_json::value::RawValue;
use trellis_model::{
    account::DirectRooms,
    sync::{JoinedRoom, LeftRoom, MalformedRoom, RoomInput, StrippedRoom, SyncResponse},
};

use super::SyncError;
use crate::{
    core::Core,
    keys,
    port::{Batch, Crypto},
    records::{SyncPosition, SyncSource},
    request::RequestError,
    to_device,
};

/// How many rooms one transaction holds at most.
const SLICE: usize = 50;

/// A room that is still text.
#[derive(Clone, Copy)]
enum RawRoom<'a> {
    Joined(&'a RawValue),
    Invited(&'a RawValue),
    Knocked(&'a RawValue),
    Left(&'a RawValue),
    /// Not in the response, but `m.direct` changed for it.
    Direct,
}

/// Stores everything a response says.
pub(super) async fn store(core: &Core, machine: &dyn Crypto, body: &[u8]) -> Result<(), SyncError> {
    let unexpected = |error: String| SyncError::Request(RequestError::Unexpected(error));
    let text = std::str::from_utf8(body).map_err(|error| unexpected(error.to_string()))?;
    let response = SyncResponse::parse(text).map_err(|error| unexpected(error.to_string()))?;

    let to_device = keys::receive(machine, &response).await.map_err(|error| unexpected(error.to_string()))?;
    let mut batch = Batch::default();
    to_device::keep(core, &mut batch, &to_device).await?;
    let direct = store_account_data(core, &mut batch, &response).await?;

    let rooms = rooms(&response, direct);
    let mut slices = rooms.chunks(SLICE).peekable();
    let mut position = Some(SyncPosition {
        source: SyncSource::V2,
        token: response.next_batch.clone(),
        to_device: response.next_batch.clone(),
    });
    loop {
        let slice = slices.next().unwrap_or_default();
        let mut inputs: Vec<_> =
            slice.iter().filter_map(|(room_id, room)| Some((room_id.clone(), parse(room_id, *room)?))).collect();
        core.decrypt(&mut inputs).await;
        let last = slices.peek().is_none();
        let turn = core.writer.turn().await;
        if last && let Some(position) = &position {
            core.records.put_position(&mut batch, position);
        }
        core.write(&turn, std::mem::take(&mut batch), inputs).await?;
        drop(turn);
        if last {
            break;
        }
    }
    core.position.replace(position.take());
    to_device::act(core).await?;
    core.keys.note_work();
    Ok(())
}

/// Stores global account data. Answers the rooms for which `m.direct` changed.
async fn store_account_data(
    core: &Core,
    batch: &mut Batch,
    response: &SyncResponse<'_>,
) -> Result<BTreeSet<OwnedRoomId>, SyncError> {
    let mut changed = BTreeSet::new();
    for event in &response.account_data {
        core.records.put_account_data(batch, &event.event_type, event.content.get());
        if event.event_type == "m.direct" {
            let direct = DirectRooms::parse(event.content);
            changed = core.account.borrow().direct.difference(&direct);
            core.account.borrow_mut().direct = direct;
        }
    }
    Ok(changed)
}

/// The rooms of a response in the order they are stored: invites first, they are few and wanted at once. Each is named
/// once within any slice; what `m.direct` alone changes comes in slices after the others.
fn rooms<'a>(response: &SyncResponse<'a>, direct: BTreeSet<OwnedRoomId>) -> Vec<(OwnedRoomId, RawRoom<'a>)> {
    let mut rooms: Vec<(OwnedRoomId, RawRoom<'a>)> = Vec::new();
    rooms.extend(response.invite.iter().map(|(id, raw)| (id.clone(), RawRoom::Invited(raw))));
    rooms.extend(response.knock.iter().map(|(id, raw)| (id.clone(), RawRoom::Knocked(raw))));
    rooms.extend(response.join.iter().map(|(id, raw)| (id.clone(), RawRoom::Joined(raw))));
    rooms.extend(response.leave.iter().map(|(id, raw)| (id.clone(), RawRoom::Left(raw))));
    let named: BTreeSet<_> = rooms.iter().map(|(id, _)| id.clone()).collect();
    rooms.extend(direct.into_iter().filter(|id| !named.contains(id)).map(|id| (id, RawRoom::Direct)));
    rooms
}

fn parse(room_id: &RoomId, room: RawRoom<'_>) -> Option<RoomInput> {
    let input = match room {
        RawRoom::Joined(raw) => JoinedRoom::parse(raw).map(RoomInput::Joined),
        RawRoom::Invited(raw) => StrippedRoom::parse(raw).map(RoomInput::Invited),
        RawRoom::Knocked(raw) => StrippedRoom::parse(raw).map(RoomInput::Knocked),
        RawRoom::Left(raw) => LeftRoom::parse(raw).map(RoomInput::Left),
        RawRoom::Direct => Ok(RoomInput::Direct),
    };
    match input {
        Ok(input) => Some(input),
        Err(MalformedRoom) => {
            tracing::warn!(%room_id, "a room of a sync response is malformed and was left out");
            None
        }
    }
}
