//! The rows that make events part of a room.

use ruma::{
    OwnedEventId, OwnedRoomId, OwnedUserId, RoomVersionId, events::room::member::MembershipState,
    room_version_rules::RoomVersionRules,
};

use super::{
    authorize::Prepared,
    pdu::Pdu,
    redaction,
    requests::made_before,
    state_groups::{self, StateGroup},
    template::RequestKey,
    threads,
};
use crate::{
    MatrixError,
    service::push::{Push, Written},
    storage::{News, StorageError, Stream, StreamPosition, Topic, Transaction, args},
};

/// Events to be written together, each built on the one before it.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) room_id: OwnedRoomId,
    pub(super) rules: RoomVersionRules,
    /// Where the room has to end for the events to fit.
    pub(super) built_on: Vec<OwnedEventId>,
    pub(super) extremities: Vec<OwnedEventId>,
    pub(super) depth: i64,
    pub(super) events: Vec<Prepared>,
    pub(super) besides: Besides,
    pub(super) now: i64,
    pub(super) push: Push,
}

/// What is written with events.
#[derive(Clone, Debug, Default)]
pub(super) struct Besides {
    /// The request they are made for, which is not done again.
    pub(super) request: Option<RequestKey>,
    /// They are the first of their room.
    pub(super) creation: Option<Creation>,
    /// They are the last of their room: this one takes its aliases and its place in the directory.
    pub(super) successor: Option<OwnedRoomId>,
}

/// What is written with the first events of a room.
#[derive(Clone, Debug)]
pub(super) struct Creation {
    pub(super) version: RoomVersionId,
    pub(super) creator: OwnedUserId,
    pub(super) published: bool,
    pub(super) alias: Option<ruma::OwnedRoomAliasId>,
}

/// Why a batch was not written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// The room does not end where the events were built, or others were in the way: to be made anew.
    Conflict,
    /// The request was done before, and made this event.
    Repeated(OwnedEventId),
    /// Nothing that trying again would change.
    Refused(MatrixError),
}

impl From<StorageError> for WriteError {
    fn from(error: StorageError) -> Self {
        // What is done again after a deadlock is checked again, so nothing is done twice.
        if error.is_transient() { Self::Conflict } else { Self::Refused(error.into()) }
    }
}

impl From<MatrixError> for WriteError {
    fn from(error: MatrixError) -> Self {
        Self::Refused(error)
    }
}

/// How the room's row changes.
struct Progress {
    state_group: Option<StateGroup>,
    joined: i64,
    invited: i64,
}

impl Batch {
    pub(super) async fn write(self, transaction: &mut Transaction) -> Result<(), WriteError> {
        if let (Some(request), Some(last)) = (&self.besides.request, self.events.last()) {
            remember(transaction, request, &last.pdu.event_id, self.now).await?;
        }
        let before = self.claim(transaction).await?;
        let mut progress = Progress { state_group: before, joined: 0, invited: 0 };
        for event in &self.events {
            self.write_event(transaction, event, &mut progress).await?;
        }
        if progress.state_group != before {
            transaction
                .execute(
                    "UPDATE rooms SET state_group = $2, joined = joined + $3, invited = invited + $4 \
                     WHERE room_id = $1",
                    args![&self.room_id, progress.state_group, progress.joined, progress.invited],
                )
                .await?;
        }
        if let Some(successor) = &self.besides.successor {
            super::aliases::move_all(transaction, &self.room_id, successor).await?;
        }
        transaction.notify(News::of(Stream::Events, Topic::Room(self.room_id)));
        Ok(())
    }

    /// Moves the room's end behind the events, if it is where they were built. Returns the state
    /// before them.
    async fn claim(&self, transaction: &mut Transaction) -> Result<Option<StateGroup>, WriteError> {
        let list = |ids: &[OwnedEventId]| serde_json::to_vec(ids).map_err(MatrixError::internal);
        let extremities = list(&self.extremities)?;
        let Some(creation) = &self.besides.creation else {
            let row = transaction
                .fetch_optional(
                    "UPDATE rooms SET extremities = $3, depth = $4 \
                     WHERE room_id = $1 AND extremities = $2 RETURNING state_group",
                    args![&self.room_id, list(&self.built_on)?, extremities, self.depth],
                )
                .await?;
            let row = row.ok_or(WriteError::Conflict)?;
            return Ok(Some(row.get(0)?));
        };
        transaction
            .execute(
                "INSERT INTO rooms \
                 (room_id, version, creator, extremities, depth, state_group, joined, invited, published) \
                 VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6)",
                args![
                    &self.room_id,
                    creation.version.as_str(),
                    &creation.creator,
                    extremities,
                    self.depth,
                    creation.published
                ],
            )
            .await?;
        if let Some(alias) = &creation.alias {
            super::aliases::insert(transaction, alias, &self.room_id, &creation.creator, self.now).await?;
        }
        Ok(None)
    }

    async fn write_event(
        &self,
        transaction: &mut Transaction,
        event: &Prepared,
        progress: &mut Progress,
    ) -> Result<(), WriteError> {
        let pdu = &event.pdu;
        let writer = transaction.writer();
        let position = transaction.next_position(Stream::Events).await?;
        let before = progress.state_group;
        let after = match (pdu.state(), before) {
            (None, Some(before)) => before,
            (None, None) => return Err(MatrixError::internal("a room begins with its create event").into()),
            (Some(key), before) => {
                let group = state_groups::create(transaction, &self.room_id, before, (&key, &pdu.event_id)).await?;
                progress.state_group = Some(group);
                group
            }
        };
        state_groups::add_reference(transaction, after).await?;
        let relation = pdu.relation();
        let (relates_to, rel_type) = relation.as_ref().map(|(parent, kind)| (&**parent, &**kind)).unzip();
        let (device_id, txn_id) =
            self.besides.request.as_ref().map(|request| (&*request.device_id, &*request.txn_id)).unzip();
        transaction
            .execute(
                "INSERT INTO events (position, event_id, room_id, type, state_key, sender, depth, origin_server_ts, \
                 state_before, state_after, replaces, relates_to, rel_type, device_id, txn_id, writer, json) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
                args![
                    position,
                    &pdu.event_id,
                    &self.room_id,
                    pdu.event_type().to_string(),
                    pdu.state_key(),
                    pdu.sender(),
                    pdu.depth(),
                    i64::from(pdu.origin_server_ts().get()),
                    before,
                    after,
                    event.replaces.as_ref().map(|replaced| &*replaced.event_id),
                    relates_to,
                    rel_type,
                    device_id,
                    txn_id,
                    writer,
                    pdu.json.clone(),
                ],
            )
            .await?;
        if let (Some(root), Some("m.thread")) = (relates_to, rel_type) {
            threads::add(transaction, &self.room_id, root, pdu.sender(), position).await?;
        }
        if pdu.state_key().is_some() {
            self.write_state(transaction, event, position, progress).await?;
        }
        if let Some(target) = pdu.redacts() {
            redaction::apply(transaction, &self.room_id, &target, &pdu.event_id, &self.rules).await?;
        }
        if self.besides.creation.is_none() {
            self.push.record(transaction, Written { pdu, position, replaced: event.replaces.as_deref() }).await?;
        }
        Ok(())
    }

    async fn write_state(
        &self,
        transaction: &mut Transaction,
        event: &Prepared,
        position: StreamPosition,
        progress: &mut Progress,
    ) -> Result<(), StorageError> {
        let pdu = &event.pdu;
        let writer = transaction.writer();
        let event_type = pdu.event_type().to_string();
        transaction
            .execute(
                "INSERT INTO current_state (room_id, type, state_key, event_id, position) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (room_id, type, state_key) \
                 DO UPDATE SET event_id = excluded.event_id, position = excluded.position",
                args![&self.room_id, event_type.as_str(), pdu.state_key(), &pdu.event_id, position],
            )
            .await?;
        transaction
            .execute(
                "INSERT INTO state_changes (room_id, type, state_key, position, event_id, writer) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
                args![&self.room_id, event_type, pdu.state_key(), position, &pdu.event_id, writer],
            )
            .await?;
        if let (Some(membership), Some(target)) = (pdu.membership(), pdu.state_key()) {
            let previous = event.replaces.as_ref().and_then(|replaced| replaced.membership());
            progress.count(previous.as_ref(), -1);
            progress.count(Some(&membership), 1);
            self.write_membership(transaction, pdu, (target, membership, previous), position).await?;
        }
        Ok(())
    }

    async fn write_membership(
        &self,
        transaction: &mut Transaction,
        pdu: &Pdu,
        (target, membership, previous): (&str, MembershipState, Option<MembershipState>),
        position: StreamPosition,
    ) -> Result<(), StorageError> {
        let writer = transaction.writer();
        transaction
            .execute(
                "INSERT INTO memberships (room_id, user_id, membership, event_id, sender, position, forgotten) \
                 VALUES ($1, $2, $3, $4, $5, $6, 0) \
                 ON CONFLICT (room_id, user_id) DO UPDATE SET membership = excluded.membership, \
                 event_id = excluded.event_id, sender = excluded.sender, position = excluded.position, \
                 forgotten = CASE WHEN excluded.membership IN ('leave', 'ban') THEN memberships.forgotten ELSE 0 END",
                args![&self.room_id, target, membership.as_str(), &pdu.event_id, pdu.sender(), position],
            )
            .await?;
        transaction
            .execute(
                "INSERT INTO membership_changes \
                 (user_id, position, room_id, membership, previous, event_id, writer) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                args![
                    target,
                    position,
                    &self.room_id,
                    membership.as_str(),
                    previous.as_ref().map(MembershipState::as_str),
                    &pdu.event_id,
                    writer,
                ],
            )
            .await?;
        if let Ok(user_id) = OwnedUserId::try_from(target) {
            let (room_id, joined) = (self.room_id.clone(), membership == MembershipState::Join);
            transaction.notify(News::of(Stream::Events, Topic::User(user_id.clone())));
            transaction.notify(News::of(Stream::Events, Topic::Membership { user_id, room_id, joined }));
        }
        Ok(())
    }
}

impl Progress {
    fn count(&mut self, membership: Option<&MembershipState>, change: i64) {
        match membership {
            Some(MembershipState::Join) => self.joined += change,
            Some(MembershipState::Invite) => self.invited += change,
            _ => {}
        }
    }
}

/// Stores which event the request made, or finds the one it made before.
async fn remember(
    transaction: &mut Transaction,
    request: &RequestKey,
    event_id: &OwnedEventId,
    now: i64,
) -> Result<(), WriteError> {
    let inserted = transaction
        .execute(
            "INSERT INTO transactions (user_id, device_id, path, response, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id, device_id, path) DO NOTHING",
            args![&request.user_id, &request.device_id, &request.path, event_id.as_bytes(), now],
        )
        .await?;
    if inserted > 0 {
        return Ok(());
    }
    let event_id = made_before(transaction, request).await?;
    Err(event_id.map_or_else(|| MatrixError::internal("the request is gone").into(), WriteError::Repeated))
}
