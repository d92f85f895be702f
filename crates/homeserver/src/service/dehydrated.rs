//! Devices that nobody is logged in to, which collect room keys while their user has no other, see
//! [MSC3814].
//!
//! A user has one at most. It is a device like any other but that no token opens it; what is sent to it
//! stays until it is replaced, so that taking it over may be tried again.
//!
//! [MSC3814]: https://github.com/matrix-org/matrix-spec-proposals/pull/3814

use ruma::{
    DeviceId, OwnedDeviceId, UserId, api::client::dehydrated_device::DehydratedDeviceData, encryption::DeviceKeys,
    serde::Raw,
};
use serde_json::value::RawValue;

use super::{
    devices::{self, Devices, NewDevice},
    keys::{self, DeviceUpload},
    to_device::{ToDevice, Waiting},
};
use crate::{
    MatrixError, Result,
    api::Sender,
    environment::Environment,
    storage::{Connection, Storage, StorageError, Stream, WriteKey, args},
};

/// How many messages come at once.
const BATCH: u32 = 100;

/// Devices that nobody is logged in to.
#[derive(Clone, Debug)]
pub struct Dehydrated {
    storage: Storage,
    environment: Environment,
}

/// A device to leave behind.
#[derive(Debug)]
pub struct NewDehydrated {
    /// Its ID, and how it is shown to its owner.
    pub device: NewDevice,
    /// What a client needs to take it over, encrypted.
    pub data: Raw<DehydratedDeviceData>,
    /// Its keys.
    pub keys: DeviceUpload,
}

impl Dehydrated {
    pub(super) fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment }
    }

    /// Stores a device in place of the one there was.
    pub async fn put(&self, user_id: &UserId, new: NewDehydrated) -> Result<()> {
        let bad = |error: serde_json::Error| MatrixError::bad_json(error.to_string());
        new.data.deserialize().map_err(bad)?;
        let Some(device_keys) = new.keys.device_keys.as_ref() else {
            return Err(MatrixError::missing_param("the keys of the device are missing"));
        };
        check_marked(device_keys)?;
        let data = new.data.into_json().get().as_bytes().to_vec();
        let sender = Sender { user_id: user_id.to_owned(), device_id: new.device.device_id.clone() };
        let (device, upload) = (new.device, new.keys);
        let now = self.environment.now_millis();
        self.storage
            .write(WriteKey::User(sender.user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let Sender { user_id, device_id } = &sender;
                    let old = find(transaction, user_id).await?.map(|(old, _)| old);
                    let sql = "SELECT 1 FROM devices WHERE user_id = $1 AND device_id = $2";
                    let taken = transaction.fetch_optional(sql, args![user_id, device_id]).await?.is_some();
                    if taken && old.as_ref() != Some(device_id) {
                        return Err(MatrixError::invalid_param("someone is logged in to this device"));
                    }
                    if let Some(old) = old {
                        devices::delete(transaction, user_id, &old).await?;
                    }
                    Devices::add(transaction, user_id, device, now).await?;
                    let sql = "INSERT INTO dehydrated_devices (user_id, device_id, data) VALUES ($1, $2, $3)";
                    transaction.execute(sql, args![user_id, device_id, data]).await?;
                    keys::upload::store(transaction, &sender, upload, now).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await
    }

    /// The user's device.
    pub async fn get(&self, user_id: &UserId) -> Result<(OwnedDeviceId, Raw<DehydratedDeviceData>)> {
        let found = find(&mut self.storage.read().await?, user_id).await?;
        let (device_id, data) = found.ok_or_else(none)?;
        let data = String::from_utf8(data).map_err(MatrixError::internal)?;
        let data = RawValue::from_string(data).map_err(MatrixError::internal)?;
        Ok((device_id, Raw::from_json(data)))
    }

    /// Deletes the user's device; answers which one it was.
    pub async fn delete(&self, user_id: &UserId) -> Result<OwnedDeviceId> {
        let user_id = user_id.to_owned();
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let (device_id, _) = find(transaction, &user_id).await?.ok_or_else(none)?;
                    devices::delete(transaction, &user_id, &device_id).await?;
                    keys::note_change(transaction, &user_id).await?;
                    Ok(device_id)
                })
            })
            .await
    }

    /// What was sent to the device, from a token of an earlier answer on.
    pub async fn events(&self, user_id: &UserId, device_id: &DeviceId, from: Option<&str>) -> Result<Waiting> {
        let mut connection = self.storage.read().await?;
        let own = find(&mut connection, user_id).await?;
        if own.is_none_or(|(own, _)| own != device_id) {
            return Err(none());
        }
        let after = match from {
            Some(token) => token.parse().map_err(|_| MatrixError::invalid_param("this is no token of ours"))?,
            None => 0,
        };
        let now = self.storage.streams().current(Stream::ToDevice);
        ToDevice::waiting(&mut connection, user_id, device_id, after, now.max(after), BATCH).await
    }
}

/// Others have to see that nobody reads along on this device.
fn check_marked(keys: &Raw<DeviceKeys>) -> Result<()> {
    match keys.get_field::<bool>("dehydrated") {
        Ok(Some(true)) => Ok(()),
        Ok(_) => Err(MatrixError::invalid_param("the keys do not say that the device is dehydrated")),
        Err(error) => Err(MatrixError::bad_json(error.to_string())),
    }
}

fn none() -> MatrixError {
    MatrixError::not_found("there is no such dehydrated device")
}

async fn find(connection: &mut Connection, user_id: &UserId) -> Result<Option<(OwnedDeviceId, Vec<u8>)>, StorageError> {
    let sql = "SELECT device_id, data FROM dehydrated_devices WHERE user_id = $1";
    let row = connection.fetch_optional(sql, args![user_id]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}
