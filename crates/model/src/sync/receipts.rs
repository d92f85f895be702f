//! [`m.receipt`](https://spec.matrix.org/v1.18/client-server-api/#mreceipt): who read up to where.

use std::collections::BTreeMap;

use ruma::{EventId, UserId};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    account::Account,
    changes::{ReceiptKey, RoomChanges, Snapshot},
    room::{Receipt, StoredRoom},
};

/// One receipt of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceiptChange(Receipt);

impl ReceiptChange {
    /// Reads the content event by event, person by person; what is malformed is left out.
    pub(super) fn parse(content: &RawValue) -> Vec<Self> {
        #[derive(Deserialize)]
        struct Details {
            ts: Option<u64>,
            thread_id: Option<String>,
        }
        let by_event: BTreeMap<String, BTreeMap<String, Value>> =
            serde_json::from_str(content.get()).unwrap_or_default();
        let mut receipts = Vec::new();
        for (event_id, by_type) in by_event {
            let Ok(event_id) = EventId::parse(event_id) else { continue };
            for (receipt_type, people) in by_type {
                let is_private = match &*receipt_type {
                    "m.read" => false,
                    "m.read.private" => true,
                    _ => continue,
                };
                let Value::Object(people) = people else { continue };
                for (user_id, details) in people {
                    let (Ok(user_id), Ok(details)) =
                        (UserId::parse(user_id), serde_json::from_value::<Details>(details))
                    else {
                        continue;
                    };
                    receipts.push(Self(Receipt {
                        user_id,
                        thread_id: details.thread_id,
                        event_id: event_id.clone(),
                        timestamp: details.ts,
                        is_private,
                    }));
                }
            }
        }
        receipts
    }

    pub(super) fn key(&self) -> ReceiptKey {
        (self.0.user_id.clone(), self.0.thread_id.clone())
    }
}

/// Moves receipts. The person's own unthreaded or main one is also the room's.
pub(super) fn fold(
    account: &Account,
    snapshot: &Snapshot,
    receipts: &[ReceiptChange],
    room: &mut StoredRoom,
    changes: &mut RoomChanges,
) {
    for change in receipts {
        let receipt = &change.0;
        let key = change.key();
        let stored = snapshot.receipts.get(&key);
        if stored == Some(receipt) {
            continue;
        }
        let own = receipt.user_id == account.user_id;
        // A public receipt that stays behind the private one of the same person says nothing new.
        if own && is_older(receipt, stored) {
            continue;
        }
        if own && receipt.thread_id.as_deref().is_none_or(|thread| thread == "main") {
            room.own_receipt = Some(receipt.event_id.clone());
        }
        changes.touched.receipts.extend(stored.map(|stored| stored.event_id.clone()));
        changes.touched.receipts.insert(receipt.event_id.clone());
        changes.receipts.insert(key, Some(receipt.clone()));
    }
}

fn is_older(receipt: &Receipt, stored: Option<&Receipt>) -> bool {
    let (Some(new), Some(old)) = (receipt.timestamp, stored.and_then(|stored| stored.timestamp)) else { return false };
    new < old
}
