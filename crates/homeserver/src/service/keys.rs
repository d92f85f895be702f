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
}

/// What a device has left to give out.
#[derive(Debug, Default)]
pub struct KeysLeft {
    /// How many one-time keys of each algorithm.
    pub one_time: KeyCounts,
    /// The algorithms for which it has a fallback key that nobody has used yet.
    pub fallback: Vec<OneTimeKeyAlgorithm>,
}

impl KeysLeft {
    /// What the device has left.
    pub(crate) async fn of(
        connection: &mut Connection,
        user_id: &UserId,
        device_id: &DeviceId,
    ) -> Result<Self, StorageError> {
        let sql = "SELECT algorithm, CAST(COUNT(*) AS BIGINT), CAST(0 AS BIGINT) FROM one_time_keys \
            WHERE user_id = $1 AND device_id = $2 GROUP BY algorithm \
            UNION ALL SELECT algorithm, 0, 1 FROM fallback_keys \
            WHERE user_id = $1 AND device_id = $2 AND used = 0 ORDER BY 1";
        let mut left = Self::default();
        for row in connection.fetch_all(sql, args![user_id, device_id]).await? {
            let algorithm: OneTimeKeyAlgorithm = row.get::<String>(0)?.into();
            if row.get(2)? {
                left.fallback.push(algorithm);
            } else {
                left.one_time.insert(algorithm, UInt::try_from(row.get::<i64>(1)?).unwrap_or_default());
            }
        }
        // A device with none left has to be told so.
        left.one_time.entry(OneTimeKeyAlgorithm::SignedCurve25519).or_default();
        Ok(left)
    }
}

/// Which users' devices or keys changed after one position and up to another.
pub(crate) async fn changed(
    connection: &mut Connection,
    after: StreamPosition,
    up_to: StreamPosition,
) -> Result<Vec<OwnedUserId>, StorageError> {
    let sql = "SELECT user_id FROM device_list_changes WHERE position > $1 AND position <= $2 ORDER BY user_id";
    connection.fetch_all(sql, args![after, up_to]).await?.iter().map(|row| row.get(0)).collect()
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
