//! The one writer: every change of what is stored goes through here, one at a time, in the order of asking.
//!
//! prepare (reads) → reduce (the model, pure) → seal → commit (one transaction) → tell who watches. Nothing reaches a tab
//! before it is committed, and nothing but the database is awaited between the reads and the commit.

mod load;

use ruma::OwnedRoomId;
use trellis_model::{
    changes::RoomChanges,
    room::{StoredRoom, room_tile},
    sync::RoomInput,
};

use crate::{
    core::Core,
    port::{Batch, StoreError},
    queue::Turn,
    records::ListedRoom,
};

/// What was committed of a room.
pub(crate) struct Committed {
    pub(crate) changes: RoomChanges,
    /// The room as it is now. `None`: it is gone.
    pub(crate) room: Option<StoredRoom>,
    /// What became of its place in the room list. `None`: it is as before.
    pub(crate) listed: Option<Option<ListedRoom>>,
}

impl Core {
    /// Changes one room.
    pub(crate) async fn change_room(&self, room_id: OwnedRoomId, input: RoomInput) -> Result<(), StoreError> {
        let turn = self.writer.turn().await;
        self.write(&turn, Batch::default(), vec![(room_id, input)]).await
    }

    /// Changes rooms, in this order, together with what `batch` already holds, in one transaction.
    pub(crate) async fn write(
        &self,
        _: &Turn<'_>,
        mut batch: Batch,
        inputs: Vec<(OwnedRoomId, RoomInput)>,
    ) -> Result<(), StoreError> {
        let inputs = by_room(inputs);
        let snapshots = load::snapshots(&self.records, &inputs).await?;
        let mut committed = Vec::with_capacity(inputs.len());
        for ((room_id, inputs), mut snapshot) in inputs.iter().zip(snapshots) {
            let before = snapshot.room.clone();
            let mut changes = RoomChanges::new(room_id.clone());
            for input in inputs {
                let change = input.reduce(&self.account.borrow(), room_id, &snapshot);
                snapshot.apply(&change);
                changes.merge(change);
            }
            self.records.put_changes(&mut batch, before.as_ref(), &changes);
            if changes.unreadable > 0 {
                tracing::warn!(%room_id, events = changes.unreadable, "events without a valid ID or sender were left out");
            }
            let room = snapshot.room;
            let touched = changes.evict || changes.room.is_some() || changes.touched.tile;
            let listed = touched.then(|| self.listed(room.as_ref()?));
            if let Some(listed) = &listed {
                self.records.put_listed(&mut batch, room_id, listed.as_ref());
            }
            committed.push(Committed { changes, room, listed });
        }
        self.records.commit(batch).await?;
        self.after_commit(committed);
        Ok(())
    }

    fn listed(&self, room: &StoredRoom) -> Option<ListedRoom> {
        let tile = room_tile(&self.account.borrow(), room, Vec::new())?;
        Some(ListedRoom { tile, alias: room.canonical_alias.clone() })
    }

    /// Takes over what was committed into what is kept in memory, and marks what must be shown anew.
    fn after_commit(&self, committed: Vec<Committed>) {
        for room in &committed {
            self.rooms.committed(room);
            self.subscriptions.committed(room);
        }
        if !committed.is_empty() {
            self.shown.ring();
        }
        let last = self.boot_record.room();
        let matters = |room: &Committed| room.listed.is_some() || last.as_deref() == Some(&*room.changes.room_id);
        if committed.iter().any(matters) {
            self.boot_record.changed();
        }
    }
}

/// The inputs of each room together, in their order.
fn by_room(inputs: Vec<(OwnedRoomId, RoomInput)>) -> Vec<(OwnedRoomId, Vec<RoomInput>)> {
    let mut rooms: Vec<(OwnedRoomId, Vec<RoomInput>)> = Vec::new();
    for (room_id, input) in inputs {
        match rooms.iter_mut().find(|(other, _)| *other == room_id) {
            Some((_, inputs)) => inputs.push(input),
            None => rooms.push((room_id, vec![input])),
        }
    }
    rooms
}
