//! Rooms: their events, their state and who is in them.
//!
//! Every event is a PDU from the moment it is made: hashed, signed, linked to the events before it,
//! and authorised by the rules of its room's version, whoever sent it. Events of a room are made
//! one at a time; [`head`] says how that stays quick.
//!
//! This service must not know who is asking beyond a user ID, nor how the answer travels.

pub mod aliases;
mod append;
mod authorize;
mod cleaning;
pub mod create;
pub mod directory;
mod guests;
mod head;
pub mod hierarchy;
mod inheritance;
pub(crate) mod invites;
mod key;
pub mod membership;
pub mod mutual;
pub mod pdu;
mod power;
mod redaction;
mod relations;
pub mod reports;
mod requests;
mod restricted;
pub mod send;
pub(crate) mod state_groups;
mod summary;
mod template;
mod threads;
mod upgrade;
pub mod version;
mod write;

use std::sync::{Arc, atomic::AtomicI64};

use ruma::{OwnedServerName, RoomVersionId, ServerName};
use tokio::sync::Notify;

use self::{head::Heads, requests::Requests};
pub use self::{
    key::ServerKey,
    membership::MembershipRequest,
    pdu::{Pdu, StateKey},
    template::{NewEvent, RequestKey},
};
use super::{account_data::AccountData, profile::Profiles, push::Push};
use crate::{
    Config,
    environment::Environment,
    storage::{Storage, StorageError},
};

/// Rooms. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rooms(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    environment: Environment,
    server_name: OwnedServerName,
    default_version: RoomVersionId,
    key: ServerKey,
    profiles: Profiles,
    account_data: AccountData,
    push: Push,
    heads: Heads,
    requests: Requests,
    /// Rung when a room was forgotten by everyone.
    forgotten: Notify,
    /// When the last room was made, in milliseconds; see [`create`].
    last_creation: AtomicI64,
}

impl Rooms {
    /// Opens the service, making the server's signing key where there is none.
    pub async fn open(
        config: &Config,
        storage: Storage,
        environment: Environment,
        push: Push,
    ) -> Result<Self, StorageError> {
        Ok(Self(Arc::new(Inner {
            key: ServerKey::load_or_make(&storage, &environment).await?,
            server_name: config.server_name.clone(),
            default_version: config.default_room_version.clone(),
            profiles: Profiles::new(storage.clone()),
            account_data: AccountData::new(storage.clone()),
            push,
            heads: Heads::default(),
            requests: Requests::default(),
            forgotten: Notify::new(),
            last_creation: AtomicI64::new(0),
            storage,
            environment,
        })))
    }

    /// The name of this homeserver.
    pub fn server_name(&self) -> &ServerName {
        &self.0.server_name
    }

    /// The key this homeserver signs events with.
    pub fn key(&self) -> &ServerKey {
        &self.0.key
    }

    /// The database the rooms live in.
    pub(crate) fn storage(&self) -> &Storage {
        &self.0.storage
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.0.environment
    }
}

#[cfg(test)]
mod tests;
