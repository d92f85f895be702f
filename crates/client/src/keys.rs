//! The device's keys: opens the crypto machine, lets it speak with the homeserver, decrypts and encrypts with it.
//!
//! The machine keeps its keys itself. What is kept here is that there were some, so that a device that lost them is told
//! from a new one.

mod decrypt;
mod encrypt;
mod exchange;
pub(crate) mod recovery;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
};

use futures::future::join3;
use ruma::OwnedDeviceId;
use serde::{Deserialize, Serialize};
use trellis_model::protocol::{Refusal, SyncStatus};

pub(crate) use self::{
    encrypt::{content_to_send, encrypt_file, is_encrypted},
    exchange::{pump, receive},
};
use crate::{
    backoff::{self, Backoff},
    bell::Bell,
    core::Core,
    port::{Batch, Crypto, CryptoDevice, CryptoError, Cryptography, Durability, RoomKey, StoreError},
    queue::Queue,
    sign_in::store_refusal,
};

/// What the parts of a client share of the device's keys.
pub(crate) struct Keys {
    cryptography: Rc<dyn Cryptography>,
    machine: RefCell<Option<Rc<dyn Crypto>>>,
    /// Rings when the machine is there.
    opened: Bell,
    /// One exchange with the homeserver at a time.
    turn: Queue,
    /// Rings when the machine may want something sent.
    work: Bell,
    /// How often keys have come.
    arrivals: Cell<u64>,
    /// The sessions whose events are to be tried again.
    again: RefCell<BTreeSet<RoomKey>>,
    /// Those somebody looked at, which may be in the backup.
    looked_at: RefCell<BTreeSet<RoomKey>>,
    tried: RefCell<BTreeSet<RoomKey>>,
    awaited: Bell,
    /// The device's keys are gone: the next log-in makes another device.
    lost: Cell<bool>,
}

/// That a device has keys, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) device_id: OwnedDeviceId,
    pub(crate) identity_key: String,
}

impl Keys {
    pub(crate) fn new(cryptography: Rc<dyn Cryptography>) -> Self {
        Self {
            cryptography,
            machine: RefCell::default(),
            opened: Bell::default(),
            turn: Queue::default(),
            work: Bell::default(),
            arrivals: Cell::default(),
            again: RefCell::default(),
            looked_at: RefCell::default(),
            tried: RefCell::default(),
            awaited: Bell::default(),
            lost: Cell::default(),
        }
    }

    /// Waits until the machine is there.
    pub(crate) async fn machine(&self) -> Rc<dyn Crypto> {
        let mut opened = self.opened.listen();
        loop {
            let machine = self.machine.borrow().clone();
            match machine {
                Some(machine) => return machine,
                None => opened.heard().await,
            }
        }
    }

    /// Something happened after which the machine may want something sent.
    pub(crate) fn note_work(&self) {
        self.work.ring();
    }

    /// Whether the device's keys are gone.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.get()
    }
}

/// Opens the machine and serves it until it is dropped.
pub(crate) async fn run(core: Rc<Core>) {
    let machine = open(&core).await;
    core.keys.machine.replace(Some(machine.clone()));
    core.keys.opened.ring();
    let (exchange, arrivals) = (exchange::run(&core, &*machine), decrypt::listen(&core, &*machine));
    join3(exchange, arrivals, decrypt::run(&core, &*machine)).await;
}

async fn open(core: &Core) -> Rc<dyn Crypto> {
    let (mut backoff, mut network) = (Backoff::default(), core.network.listen());
    loop {
        core.session_valid.opened().await;
        match try_open(core).await {
            Ok(machine) => {
                core.keys.lost.set(false);
                return machine;
            }
            Err(OpenError::Crypto(CryptoError::Lost)) => {
                tracing::warn!("the keys of this device are gone: it must log in as another");
                core.keys.lost.set(true);
                core.note_refusal(&Refusal::SessionEnded { soft: true }).await;
            }
            Err(error) => {
                tracing::error!(%error, "the device's keys cannot be opened");
                let refusal = match error {
                    OpenError::Store(error) => store_refusal(error),
                    OpenError::Crypto(_) => Refusal::CoreFailed,
                };
                core.set_status(SyncStatus::Error(refusal));
                backoff::wait(&*core.clock, backoff.next(&*core.random), &mut network).await;
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn try_open(core: &Core) -> Result<Rc<dyn Crypto>, OpenError> {
    let known = core.records.keys().await?;
    let (user_id, device_id) = {
        let session = core.session.borrow();
        (session.user_id.clone(), session.device_id.clone())
    };
    let identity_key = known.filter(|known| known.device_id == device_id).map(|known| known.identity_key);
    let device = CryptoDevice { user_id, device_id, identity_key };
    let machine = core.keys.cryptography.open(&device).await?;
    if let Some(identity_key) = machine.identity_key().filter(|key| device.identity_key.as_ref() != Some(key)) {
        let _turn = core.writer.turn().await;
        let mut batch = Batch { durability: Durability::Strict, ..Batch::default() };
        core.records.put_keys(&mut batch, &KeyRecord { device_id: device.device_id, identity_key });
        core.records.commit(batch).await?;
    }
    Ok(machine)
}
