//! Keys of end-to-end encryption: those of devices, those that are used once, and those by which
//! users sign each other's. The server keeps them and checks what it can; it holds no secret.

mod claim;
mod cross_signing;
mod query;
mod signatures;
mod signing;
pub(super) mod upload;

use std::collections::BTreeMap;

use ruma::{DeviceId, OneTimeKeyAlgorithm, OwnedUserId, UInt, UserId};

pub use self::{
    cross_signing::{SigningKeys, SigningUpload},
    query::QueriedKeys,
    signing::{RefusedSignature, SigningFailure},
    upload::DeviceUpload,
};
use crate::{
    Result,
    environment::Environment,
    service::rooms::membership::joined_rooms,
    storage::{Connection, Storage, StorageError, Stream, StreamPosition, Topic, Transaction, args},
};

/// Keys of end-to-end encryption.
#[derive(Clone, Debug)]
pub struct Keys {
    storage: Storage,
    environment: Environment,
}

/// How many keys of each algorithm a device has left.
pub type KeyCounts = BTreeMap<OneTimeKeyAlgorithm, UInt>;

impl Keys {
    pub(super) fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment }
    }

    /// How many one-time keys the device has left.
    pub async fn one_time_key_counts(&self, user_id: &UserId, device_id: &DeviceId) -> Result<KeyCounts> {
        Ok(counts(&mut self.storage.read().await?, user_id, device_id).await?)
    }

    /// The algorithms for which the device has a fallback key that nobody has used yet.
    pub async fn unused_fallback_keys(
        &self,
        user_id: &UserId,
        device_id: &DeviceId,
    ) -> Result<Vec<OneTimeKeyAlgorithm>> {
        let sql = "SELECT algorithm FROM fallback_keys WHERE user_id = $1 AND device_id = $2 AND used = 0 \
            ORDER BY algorithm";
        let rows = self.storage.read().await?.fetch_all(sql, args![user_id, device_id]).await?;
        let algorithms = rows.iter().map(|row| Ok(row.get::<String>(0)?.into()));
        algorithms.collect()
    }

    /// Which of the users' devices or keys changed after one position and up to another.
    pub(crate) async fn changed(
        &self,
        connection: &mut Connection,
        after: StreamPosition,
        up_to: StreamPosition,
    ) -> Result<Vec<OwnedUserId>> {
        let sql = "SELECT user_id FROM device_list_changes WHERE position > $1 AND position <= $2 ORDER BY user_id";
        let rows = connection.fetch_all(sql, args![after, up_to]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
    }
}

/// Notes within a unit of work that the devices or keys of a user are not what they were.
pub(in crate::service) async fn note_change(
    transaction: &mut Transaction,
    user_id: &UserId,
) -> Result<(), StorageError> {
    let position = transaction.next_position(Stream::DeviceLists).await?;
    let writer = transaction.writer();
    let sql = "INSERT INTO device_list_changes (user_id, position, writer) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id) DO UPDATE SET position = excluded.position, writer = excluded.writer";
    transaction.execute(sql, args![user_id, position, writer]).await?;
    transaction.notify(Topic::User(user_id.to_owned()));
    // Everyone who shares a room encrypts for these devices.
    for room_id in joined_rooms(transaction, user_id).await? {
        transaction.notify(Topic::Room(room_id));
    }
    Ok(())
}

async fn counts(
    connection: &mut Connection,
    user_id: &UserId,
    device_id: &DeviceId,
) -> Result<KeyCounts, StorageError> {
    let sql = "SELECT algorithm, CAST(COUNT(*) AS BIGINT) FROM one_time_keys \
        WHERE user_id = $1 AND device_id = $2 GROUP BY algorithm";
    let mut counts = KeyCounts::new();
    for row in connection.fetch_all(sql, args![user_id, device_id]).await? {
        let algorithm: String = row.get(0)?;
        counts.insert(algorithm.into(), UInt::try_from(row.get::<i64>(1)?).unwrap_or_default());
    }
    // A device with none left has to be told so.
    counts.entry(OneTimeKeyAlgorithm::SignedCurve25519).or_default();
    Ok(counts)
}
