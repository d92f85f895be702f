//! Reading what a reduction needs: for all rooms of a slice together, so that a slice costs a few reads and not a few
//! per room.

use std::collections::BTreeSet;

use ruma::{OwnedRoomId, RoomId};
use trellis_model::{
    changes::{Needs, Snapshot},
    sync::RoomInput,
};

use crate::{
    port::{StoreError, Table},
    records::{self, Records},
};

/// What is stored of each input's room, as far as its reduction needs it.
pub(super) async fn snapshots(
    records: &Records,
    inputs: &[(OwnedRoomId, Vec<RoomInput>)],
) -> Result<Vec<Snapshot>, StoreError> {
    let keys: Vec<_> = inputs.iter().map(|(room_id, _)| records::room::room(room_id)).collect();
    let rooms = records.get_many(Table::Rooms, &keys).await?;
    let mut snapshots: Vec<_> = rooms.into_iter().map(|room| Snapshot { room, ..Snapshot::default() }).collect();

    encryption(records, inputs, &mut snapshots).await?;

    let needs: Vec<_> = inputs
        .iter()
        .zip(&snapshots)
        .map(|((room_id, inputs), snapshot)| {
            let mut needs = Needs::default();
            // Of a room that is not stored nothing is.
            if let Some(room) = &snapshot.room {
                inputs.iter().for_each(|input| add(&mut needs, input.needs(Some(room))));
            }
            (&**room_id, needs)
        })
        .collect();
    state(records, &needs, &mut snapshots).await?;
    members(records, &needs, &mut snapshots).await?;
    receipts(records, &needs, &mut snapshots).await?;
    chunks(records, &needs, &mut snapshots).await?;
    Ok(snapshots)
}

/// Of rooms that are not stored, whether they were encrypted when they were.
async fn encryption(
    records: &Records,
    inputs: &[(OwnedRoomId, Vec<RoomInput>)],
    snapshots: &mut [Snapshot],
) -> Result<(), StoreError> {
    let mut missing: Vec<_> = inputs.iter().zip(snapshots).filter(|(_, snapshot)| snapshot.room.is_none()).collect();
    let keys: Vec<_> = missing.iter().map(|((room_id, _), _)| records::keys::encryption(room_id)).collect();
    let known = records.get_many(Table::Settings, &keys).await?;
    for ((_, snapshot), encryption) in missing.iter_mut().zip(known) {
        snapshot.encryption = encryption;
    }
    Ok(())
}

fn add(needs: &mut Needs, more: Needs) {
    needs.state.extend(more.state);
    needs.members.extend(more.members);
    needs.chunks.extend(more.chunks);
    needs.chunks_before.extend(more.chunks_before);
    needs.index.extend(more.index);
    needs.receipts.extend(more.receipts);
}

async fn state(records: &Records, needs: &[(&RoomId, Needs)], snapshots: &mut [Snapshot]) -> Result<(), StoreError> {
    let wanted = wanted(needs, |needs| &needs.state);
    let keys: Vec<_> = wanted.iter().map(|(_, room_id, key)| records::room::state(room_id, key)).collect();
    for ((place, _, key), event) in wanted.into_iter().zip(records.get_many(Table::State, &keys).await?) {
        if let Some(event) = event {
            snapshots[place].state.insert(key.clone(), event);
        }
    }
    Ok(())
}

async fn members(records: &Records, needs: &[(&RoomId, Needs)], snapshots: &mut [Snapshot]) -> Result<(), StoreError> {
    let wanted = wanted(needs, |needs| &needs.members);
    let keys: Vec<_> = wanted.iter().map(|(_, room_id, user_id)| records::room::member(room_id, user_id)).collect();
    for ((place, _, user_id), member) in wanted.into_iter().zip(records.get_many(Table::Members, &keys).await?) {
        if let Some(member) = member {
            snapshots[place].members.insert(user_id.clone(), member);
        }
    }
    Ok(())
}

async fn receipts(records: &Records, needs: &[(&RoomId, Needs)], snapshots: &mut [Snapshot]) -> Result<(), StoreError> {
    let wanted = wanted(needs, |needs| &needs.receipts);
    let keys: Vec<_> = wanted.iter().map(|(_, room_id, key)| records::room::receipt(room_id, key)).collect();
    for ((place, _, key), receipt) in wanted.into_iter().zip(records.get_many(Table::Receipts, &keys).await?) {
        if let Some(receipt) = receipt {
            snapshots[place].receipts.insert(key.clone(), receipt);
        }
    }
    Ok(())
}

async fn chunks(records: &Records, needs: &[(&RoomId, Needs)], snapshots: &mut [Snapshot]) -> Result<(), StoreError> {
    let wanted = wanted(needs, |needs| &needs.chunks);
    let keys: Vec<_> = wanted.iter().map(|(_, room_id, position)| records::room::chunk(room_id, **position)).collect();
    for ((place, _, position), chunk) in wanted.into_iter().zip(records.get_many(Table::Chunks, &keys).await?) {
        if let Some(chunk) = chunk {
            snapshots[place].chunks.insert(*position, chunk);
        }
    }
    for ((room_id, needs), snapshot) in needs.iter().zip(snapshots) {
        for position in &needs.chunks_before {
            for chunk in records.chunks_before(room_id, *position, 1).await? {
                snapshot.chunks.insert(chunk.position, chunk);
            }
        }
        for entry in &needs.index {
            for chunk in records.chunks_with(room_id, entry).await? {
                snapshot.chunks.insert(chunk.position, chunk);
            }
        }
    }
    Ok(())
}

/// What is wanted of one kind, with the place of the snapshot it is for.
fn wanted<'a, T: Ord>(
    needs: &'a [(&'a RoomId, Needs)],
    kind: impl Fn(&'a Needs) -> &'a BTreeSet<T>,
) -> Vec<(usize, &'a RoomId, &'a T)> {
    let kind = &kind;
    needs
        .iter()
        .enumerate()
        .flat_map(|(place, (room_id, needs))| kind(needs).iter().map(move |one| (place, *room_id, one)))
        .collect()
}
