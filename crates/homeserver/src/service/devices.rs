//! The devices of accounts. A device that goes takes with it whatever could act in its name.

use ruma::{DeviceId, MilliSecondsSinceUnixEpoch, OwnedDeviceId, UInt, UserId, api::client::device::Device};

use super::keys;
use crate::{
    MatrixError, Result,
    storage::{Row, Storage, StorageError, Transaction, WriteKey, args},
};

/// The longest name of a device, in bytes.
const MAXIMUM_NAME: usize = 255;

/// The devices of accounts.
#[derive(Clone, Debug)]
pub struct Devices {
    storage: Storage,
}

/// A device to make, or to use again.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its ID, chosen by the client or by us.
    pub device_id: OwnedDeviceId,
    /// How it is shown to its owner.
    pub display_name: Option<String>,
}

impl Devices {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// Every device of the account.
    pub async fn list(&self, user_id: &UserId) -> Result<Vec<Device>> {
        let sql = "SELECT device_id, display_name, last_seen_at, last_seen_ip FROM devices \
            WHERE user_id = $1 ORDER BY created_at, device_id";
        let rows = self.storage.read().await?.fetch_all(sql, args![user_id]).await?;
        Ok(rows.iter().map(device).collect::<Result<_, _>>()?)
    }

    /// One device of the account.
    pub async fn get(&self, user_id: &UserId, device_id: &DeviceId) -> Result<Device> {
        let sql = "SELECT device_id, display_name, last_seen_at, last_seen_ip FROM devices \
            WHERE user_id = $1 AND device_id = $2";
        let row = self.storage.read().await?.fetch_optional(sql, args![user_id, device_id]).await?;
        let row = row.ok_or_else(|| MatrixError::not_found("there is no such device"))?;
        Ok(device(&row)?)
    }

    /// Adds a device within a unit of work. One that exists already keeps its name.
    pub(super) async fn add(
        transaction: &mut Transaction,
        user_id: &UserId,
        device: NewDevice,
        now: i64,
    ) -> Result<()> {
        check_name(device.display_name.as_deref())?;
        if device.device_id.as_str().is_empty() || device.device_id.as_str().len() > MAXIMUM_NAME {
            return Err(MatrixError::invalid_param("this is no device ID"));
        }
        let sql = "INSERT INTO devices (user_id, device_id, display_name, created_at) \
            VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, device_id) DO NOTHING";
        let name = device.display_name.map(String::into_bytes);
        if transaction.execute(sql, args![user_id, device.device_id, name, now]).await? > 0 {
            // The user's other devices learn that there is one more.
            keys::note_change(transaction, user_id).await?;
        }
        Ok(())
    }

    /// Renames a device.
    pub async fn rename(&self, user_id: &UserId, device_id: &DeviceId, name: String) -> Result<()> {
        check_name(Some(&name))?;
        let (user_id, device_id) = (user_id.to_owned(), device_id.to_owned());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE devices SET display_name = $3 WHERE user_id = $1 AND device_id = $2";
                    let values = args![&user_id, &device_id, name.into_bytes()];
                    if transaction.execute(sql, values).await? == 0 {
                        return Err(MatrixError::not_found("there is no such device"));
                    }
                    // Others see the name among the keys of the device.
                    keys::note_change(transaction, &user_id).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Removes devices and everything that could act in their name.
    pub async fn remove(&self, user_id: &UserId, device_ids: Vec<OwnedDeviceId>) -> Result<()> {
        let user_id = user_id.to_owned();
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    for device_id in &device_ids {
                        delete(transaction, &user_id, device_id).await?;
                    }
                    keys::note_change(transaction, &user_id).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await
    }

    /// Logs every device of the account out but one. A dehydrated device stays: nobody is logged in
    /// to it, and it is there for when all others are gone.
    pub async fn remove_all(&self, user_id: &UserId, keep: Option<&DeviceId>) -> Result<()> {
        let sql = "SELECT device_id FROM devices WHERE user_id = $1 AND device_id NOT IN \
            (SELECT device_id FROM dehydrated_devices WHERE user_id = $1)";
        let rows = self.storage.read().await?.fetch_all(sql, args![user_id]).await?;
        let devices: Vec<OwnedDeviceId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        self.remove(user_id, devices.into_iter().filter(|id| Some(&**id) != keep).collect()).await
    }

    /// Removes every device there is: the account is closed.
    pub(super) async fn remove_every(&self, user_id: &UserId) -> Result<()> {
        let devices = self.list(user_id).await?.into_iter().map(|device| device.device_id);
        self.remove(user_id, devices.collect()).await
    }
}

/// Removes a device within a unit of work, with everything that could act in its name.
pub(super) async fn delete(
    transaction: &mut Transaction,
    user_id: &UserId,
    device_id: &DeviceId,
) -> Result<(), StorageError> {
    for sql in [
        "DELETE FROM access_tokens WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM device_keys WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM one_time_keys WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM fallback_keys WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM key_signatures WHERE user_id = $1 AND target = $2",
        "DELETE FROM to_device_messages WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM transactions WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM refresh_tokens WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM pushers WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM dehydrated_devices WHERE user_id = $1 AND device_id = $2",
        "DELETE FROM devices WHERE user_id = $1 AND device_id = $2",
    ] {
        transaction.execute(sql, args![user_id, device_id]).await?;
    }
    Ok(())
}

fn check_name(name: Option<&str>) -> Result<()> {
    if name.is_some_and(|name| name.len() > MAXIMUM_NAME) {
        return Err(MatrixError::too_large("the name of the device is too long"));
    }
    Ok(())
}

fn device(row: &Row) -> Result<Device, StorageError> {
    let mut device = Device::new(row.get(0)?);
    let name: Option<Vec<u8>> = row.get(1)?;
    device.display_name = name.map(|name| String::from_utf8_lossy(&name).into_owned());
    let last_seen_at: Option<i64> = row.get(2)?;
    device.last_seen_ts = last_seen_at.and_then(|at| UInt::try_from(at).ok()).map(MilliSecondsSinceUnixEpoch);
    device.last_seen_ip = row.get(3)?;
    Ok(device)
}
