//! `POST /_matrix/client/*/rooms/{roomId}/read_markers`

use ruma::{
    OwnedEventId,
    api::client::read_marker::set_read_marker::v3::{Request, Response},
    events::receipt::{ReceiptThread, ReceiptType},
};

use crate::{
    Result,
    api::Ruma,
    service::{Services, receipts::NewReceipt},
};

pub(super) async fn set_read_marker(services: Services, request: Ruma<Request>) -> Result<Response> {
    let (room_id, user_id) = (&request.room_id, &request.sender.user_id);
    services.rooms.require_joined(room_id, user_id).await?;
    let unthreaded = |receipt_type, event_id: &OwnedEventId| NewReceipt {
        room_id: room_id.clone(),
        user_id: user_id.clone(),
        receipt_type,
        thread: ReceiptThread::Unthreaded,
        event_id: event_id.clone(),
    };
    if let Some(event_id) = &request.fully_read {
        services.receipts.set_fully_read(room_id, user_id, event_id).await?;
    }
    if let Some(event_id) = &request.read_receipt {
        services.receipts.set(unthreaded(ReceiptType::Read, event_id)).await?;
    }
    if let Some(event_id) = &request.private_read_receipt {
        services.receipts.set(unthreaded(ReceiptType::ReadPrivate, event_id)).await?;
    }
    Ok(Response::new())
}
