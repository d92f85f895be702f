//! To-device messages: stored before they are acted on, because they are decrypted once.

use crate::{
    core::Core,
    port::{Batch, KeyRange, StoreError, Table},
};

/// Adds messages to a batch, behind those that wait.
pub(crate) async fn keep(core: &Core, batch: &mut Batch, events: &[String]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let first = core.records.next_to_device().await?;
    for (order, event) in (first..).zip(events) {
        core.records.put_to_device(batch, order, event);
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
