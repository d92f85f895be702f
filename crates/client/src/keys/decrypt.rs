//! Decrypting: what comes, before it is worked in; and what could not be read, when its keys have come after all.
//!
//! Keys that have come are noted in memory only. Should a crash come between them and what they open, the rows are tried
//! again as soon as somebody looks at them.

use std::pin::pin;

use futures::future::{Either, select};
use ruma::{OwnedRoomId, RoomId};
use trellis_model::{event::Event, protocol::Undecryptable, sync::RoomInput, timeline::IndexKey};

use super::recovery;
use crate::{
    core::Core,
    port::{Crypto, EncryptedEvent, RoomKey, StoreError},
    request::Retry,
};

impl Core {
    /// Decrypts what of the inputs is encrypted. What cannot be says why.
    pub(crate) async fn decrypt(&self, inputs: &mut [(OwnedRoomId, RoomInput)]) {
        let (mut events, mut wanted): (Vec<&mut Event>, Vec<EncryptedEvent>) = (Vec::new(), Vec::new());
        for (room_id, input) in inputs.iter_mut() {
            for event in input.encrypted_events() {
                wanted.push(EncryptedEvent { room_id: room_id.clone(), json: event.json.clone() });
                events.push(event);
            }
        }
        if wanted.is_empty() {
            return;
        }
        let machine = self.keys.machine().await;
        match machine.decrypt(wanted).await {
            Ok(results) => {
                for (event, result) in events.into_iter().zip(results) {
                    match result {
                        Ok(json) => event.decrypt(json),
                        Err(why) => event.undecryptable = Some(why),
                    }
                }
                let me = self.user_id();
                inputs.iter_mut().for_each(|(_, input)| input.note_joining(&me));
            }
            Err(error) => {
                tracing::error!(%error, "events could not be decrypted");
                for event in events {
                    event.undecryptable = Some(Undecryptable::MissingKey);
                }
            }
        }
    }

    /// Changes a room by what may be encrypted.
    pub(crate) async fn change_room_by(&self, room_id: OwnedRoomId, input: RoomInput) -> Result<(), StoreError> {
        let arrivals = self.keys.arrivals.get();
        let mut inputs = [(room_id, input)];
        self.decrypt(&mut inputs).await;
        let [(room_id, mut input)] = inputs;
        let missing: Vec<_> = input
            .encrypted_events()
            .into_iter()
            .filter_map(|event| Some(RoomKey { room_id: room_id.clone(), session_id: event.session_id()? }))
            .collect();
        self.change_room(room_id, input).await?;
        // What came meanwhile did not find what was committed only now.
        if arrivals != self.keys.arrivals.get() {
            self.try_again(missing);
        }
        Ok(())
    }

    /// Tries events of sessions again.
    fn try_again(&self, sessions: Vec<RoomKey>) {
        self.keys.again.borrow_mut().extend(sessions);
        self.keys.awaited.ring();
    }

    /// Somebody looks at what could not be decrypted: it is tried once more, once.
    pub(crate) fn look_at_undecryptable(&self, room_id: &RoomId, sessions: impl IntoIterator<Item = String>) {
        let sessions = sessions.into_iter().map(|session_id| RoomKey { room_id: room_id.to_owned(), session_id });
        let new: Vec<_> = sessions.filter(|session| self.keys.tried.borrow_mut().insert(session.clone())).collect();
        if !new.is_empty() {
            self.keys.looked_at.borrow_mut().extend(new);
            self.keys.awaited.ring();
        }
    }

    /// Everything that somebody looked at is tried once more: the backup is open.
    pub(crate) fn look_again(&self) {
        let tried = self.keys.tried.borrow().clone();
        self.keys.looked_at.borrow_mut().extend(tried);
        self.keys.awaited.ring();
    }
}

/// Hears of keys that come.
pub(super) async fn listen(core: &Core, machine: &dyn Crypto) {
    loop {
        let sessions = machine.room_keys().await;
        core.keys.arrivals.set(core.keys.arrivals.get() + 1);
        core.try_again(sessions);
    }
}

/// Tries again what could not be decrypted, with keys out of the backup where somebody looks at it.
pub(super) async fn run(core: &Core, machine: &dyn Crypto) {
    let (mut awaited, mut reachable) = (core.keys.awaited.listen(), core.reachable.listen());
    // What the homeserver could not be asked for is asked for again once it answers.
    let mut unanswered = Vec::new();
    loop {
        let mut sessions = core.keys.again.take();
        if let Some(session) = { core.keys.looked_at.borrow_mut().pop_last() } {
            if let Err(error) = recovery::fetch(core, machine, &session).await {
                tracing::info!(%error, "a room key could not be fetched out of the backup");
                if error.retry() != Retry::Never {
                    unanswered.push(session.clone());
                }
            }
            sessions.insert(session);
        }
        if sessions.is_empty()
            && let Either::Right(_) = select(pin!(awaited.heard()), pin!(reachable.heard())).await
        {
            core.keys.looked_at.borrow_mut().extend(unanswered.drain(..));
        }
        for session in sessions {
            if let Err(error) = again(core, &session).await {
                tracing::warn!(%error, "what could not be decrypted could not be tried again");
            }
        }
    }
}

async fn again(core: &Core, RoomKey { room_id, session_id }: &RoomKey) -> Result<(), StoreError> {
    let chunks = core.records.chunks_with(room_id, &IndexKey::Session(session_id.clone())).await?;
    let items = chunks.iter().flat_map(|chunk| &chunk.items);
    let events: Vec<Event> = items
        .filter(|item| item.missing_session().as_ref() == Some(session_id))
        .filter_map(trellis_model::timeline::Item::encrypted_event)
        .collect();
    if events.is_empty() {
        return Ok(());
    }
    core.change_room_by(room_id.clone(), RoomInput::Decrypted(events)).await
}
