//! `POST /_matrix/client/*/rooms/{roomId}/receipt/{receiptType}/{eventId}`

use ruma::{
    api::client::receipt::create_receipt::v3::{ReceiptType, Request, Response},
    events::receipt::{self, ReceiptThread},
};

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, receipts::NewReceipt},
};

pub(super) async fn create_receipt(services: Services, request: Ruma<Request>) -> Result<Response> {
    let user_id = &request.sender.user_id;
    let Request { room_id, receipt_type, event_id, thread, .. } = &request.body;
    services.rooms.require_joined(room_id, user_id).await?;
    services.presence.act(&request.sender).await;
    let receipt_type = match receipt_type {
        ReceiptType::Read => receipt::ReceiptType::Read,
        ReceiptType::ReadPrivate => receipt::ReceiptType::ReadPrivate,
        ReceiptType::FullyRead if *thread != ReceiptThread::Unthreaded => {
            return Err(MatrixError::invalid_param("what was fully read is the same for all threads"));
        }
        ReceiptType::FullyRead => {
            services.receipts.set_fully_read(room_id, user_id, event_id).await?;
            return Ok(Response::new());
        }
        _ => return Err(MatrixError::invalid_param("there are no receipts of this type")),
    };
    let receipt = NewReceipt {
        room_id: room_id.clone(),
        user_id: user_id.clone(),
        receipt_type,
        thread: thread.clone(),
        event_id: event_id.clone(),
    };
    services.receipts.set(receipt).await?;
    Ok(Response::new())
}
