//! To-device messages: stored before they are acted on, because they are decrypted once; and what the crypto machine
//! wants sent.

use serde_json::value::RawValue;

use crate::{
    core::Core,
    port::{Batch, KeyRange, StoreError, Table},
    request::RequestError,
};

/// Adds messages to a batch, behind those that wait.
pub(crate) async fn keep(core: &Core, batch: &mut Batch, events: &[Box<RawValue>]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let first = core.records.next_to_device().await?;
    for (order, event) in (first..).zip(events) {
        core.records.put_to_device(batch, order, event.get());
    }
    Ok(())
}

/// Acts on what was stored, then removes it. No feature of this build listens to a message yet: they are removed.
pub(crate) async fn act(core: &Core) -> Result<(), StoreError> {
    if core.records.next_to_device().await? == 0 {
        return Ok(());
    }
    let _turn = core.writer.turn().await;
    let mut batch = Batch::default();
    batch.delete_range(Table::ToDevice, KeyRange::all());
    core.records.commit(batch).await
}

/// Sends what the crypto machine wants sent. What fails stays with it until the next time.
pub(crate) async fn send_outgoing(core: &Core) {
    let requests = match core.crypto.outgoing_requests().await {
        Ok(requests) => requests,
        Err(error) => {
            tracing::warn!(%error, "the crypto machine names no requests");
            return;
        }
    };
    for outgoing in requests {
        match core.homeserver.send_prepared(outgoing.request).await {
            Ok(response) => {
                if let Err(error) = core.crypto.receive_response(&outgoing.id, response).await {
                    tracing::warn!(%error, "the crypto machine does not take an answer");
                }
            }
            Err(RequestError::Unreachable(_) | RequestError::TimedOut) => return,
            Err(error) => tracing::warn!(%error, "a request of the crypto machine failed"),
        }
    }
}
