//! Messages from device to device: each waits until its device says that it has it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ruma::{
    DeviceId, OwnedDeviceId, OwnedUserId, UserId, events::AnyToDeviceEvent, serde::Raw, to_device::DeviceIdOrAllDevices,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    MatrixError, Result,
    api::Sender,
    environment::Environment,
    storage::{Connection, News, Storage, StorageError, Stream, StreamPosition, Topic, Transaction, WriteKey, args},
};

/// Messages from device to device.
#[derive(Clone, Debug)]
pub struct ToDevice {
    storage: Storage,
    environment: Environment,
    /// Up to where nothing waits for a device any more: clients say so with every sync.
    acknowledged: Arc<Mutex<Acknowledged>>,
}

/// By device.
type Acknowledged = HashMap<(OwnedUserId, OwnedDeviceId), StreamPosition>;

/// The most devices of which that is remembered.
const REMEMBERED: usize = 10_000;

/// Contents by user and device.
pub type Messages = BTreeMap<OwnedUserId, BTreeMap<DeviceIdOrAllDevices, Box<RawValue>>>;

/// Messages that wait for a device, and the position of the last of them.
#[derive(Debug)]
pub struct Waiting {
    /// In the order in which they were sent.
    pub events: Vec<Raw<AnyToDeviceEvent>>,
    /// What to acknowledge, and whence to go on where there are more.
    pub position: StreamPosition,
}

/// A message as its device gets it. The content is passed on as it came: it is not ours to understand.
#[derive(Serialize)]
struct Event<'e> {
    sender: &'e str,
    #[serde(rename = "type")]
    kind: &'e str,
    content: &'e RawValue,
}

impl ToDevice {
    pub(super) fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment, acknowledged: Arc::default() }
    }

    /// Sends messages of one type. The same transaction of the same device is done once.
    pub async fn send(&self, sender: &Sender, kind: &str, txn_id: &str, messages: Messages) -> Result<()> {
        let sender = sender.clone();
        let kind = kind.to_owned();
        let path = format!("sendToDevice/{kind}/{txn_id}");
        let now = self.environment.now_millis();
        self.storage
            .write(WriteKey::User(sender.user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "INSERT INTO transactions (user_id, device_id, path, response, created_at) \
                        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, device_id, path) DO NOTHING";
                    let values = args![&sender.user_id, &sender.device_id, path, b"{}".to_vec(), now];
                    if transaction.execute(sql, values).await? == 0 {
                        return Ok(());
                    }
                    for (user_id, contents) in messages {
                        for (target, content) in contents {
                            for device_id in devices(transaction, &user_id, target).await? {
                                enqueue(transaction, &sender.user_id, &user_id, &device_id, &kind, &content).await?;
                            }
                        }
                        transaction.notify(News::of(Stream::ToDevice, Topic::User(user_id)));
                    }
                    Ok::<_, MatrixError>(())
                })
            })
            .await
    }

    /// What waits for the device after one position and up to another, at most `limit` messages.
    pub(crate) async fn waiting(
        connection: &mut Connection,
        user_id: &UserId,
        device_id: &DeviceId,
        after: StreamPosition,
        up_to: StreamPosition,
        limit: u32,
    ) -> Result<Waiting> {
        let sql = "SELECT position, sender, type, content FROM to_device_messages \
            WHERE user_id = $1 AND device_id = $2 AND position > $3 AND position <= $4 ORDER BY position LIMIT $5";
        if after >= up_to {
            return Ok(Waiting { events: Vec::new(), position: up_to });
        }
        let values = args![user_id, device_id, after, up_to, i64::from(limit)];
        let rows = connection.fetch_all(sql, values).await?;
        let mut waiting = Waiting { events: Vec::with_capacity(rows.len()), position: up_to };
        for row in &rows {
            let sender: String = row.get(1)?;
            let kind: String = row.get(2)?;
            let content: Vec<u8> = row.get(3)?;
            let content: &RawValue = serde_json::from_slice(&content).map_err(MatrixError::internal)?;
            let event = Event { sender: &sender, kind: &kind, content };
            let event = serde_json::value::to_raw_value(&event).map_err(MatrixError::internal)?;
            waiting.events.push(Raw::from_json(event));
            if rows.len() == limit as usize {
                waiting.position = row.get(0)?;
            }
        }
        Ok(waiting)
    }

    /// Forgets what the device has: everything up to a position it came back with.
    pub async fn acknowledge(&self, user_id: &UserId, device_id: &DeviceId, up_to: StreamPosition) -> Result<()> {
        // Nothing is put in before what can be read by now.
        let up_to = up_to.min(self.storage.streams().current(Stream::ToDevice));
        let device = (user_id.to_owned(), device_id.to_owned());
        if self.acknowledged().get(&device).is_some_and(|done| *done >= up_to) {
            return Ok(());
        }
        let sql = "SELECT 1 FROM to_device_messages WHERE user_id = $1 AND device_id = $2 AND position <= $3 LIMIT 1";
        let values = args![user_id, device_id, up_to];
        if self.storage.read().await?.fetch_optional(sql, values).await?.is_some() {
            self.delete(device.clone(), up_to).await?;
        }
        let mut acknowledged = self.acknowledged();
        if acknowledged.len() >= REMEMBERED {
            acknowledged.clear();
        }
        let done = acknowledged.entry(device).or_default();
        *done = up_to.max(*done);
        Ok(())
    }

    async fn delete(&self, device: (OwnedUserId, OwnedDeviceId), up_to: StreamPosition) -> Result<()> {
        let (user_id, device_id) = device;
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM to_device_messages WHERE user_id = $1 AND device_id = $2 AND position <= $3";
                    transaction.execute(sql, args![user_id, device_id, up_to]).await?;
                    Ok(())
                })
            })
            .await
    }
}

impl ToDevice {
    fn acknowledged(&self) -> MutexGuard<'_, Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The devices a message is for. One that does not exist gets nothing.
async fn devices(
    transaction: &mut Transaction,
    user_id: &UserId,
    target: DeviceIdOrAllDevices,
) -> Result<Vec<OwnedDeviceId>, StorageError> {
    let rows = match target {
        DeviceIdOrAllDevices::AllDevices => {
            let sql = "SELECT device_id FROM devices WHERE user_id = $1";
            transaction.fetch_all(sql, args![user_id]).await?
        }
        DeviceIdOrAllDevices::DeviceId(device_id) => {
            let sql = "SELECT device_id FROM devices WHERE user_id = $1 AND device_id = $2";
            transaction.fetch_all(sql, args![user_id, device_id]).await?
        }
    };
    rows.iter().map(|row| row.get(0)).collect()
}

async fn enqueue(
    transaction: &mut Transaction,
    sender: &UserId,
    user_id: &UserId,
    device_id: &DeviceId,
    kind: &str,
    content: &RawValue,
) -> Result<(), StorageError> {
    let position = transaction.next_position(Stream::ToDevice).await?;
    let writer = transaction.writer();
    let sql = "INSERT INTO to_device_messages (position, writer, user_id, device_id, sender, type, content) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = args![position, writer, user_id, device_id, sender, kind, content.get().as_bytes()];
    transaction.execute(sql, values).await?;
    Ok(())
}
