//! `GET /_matrix/client/*/notifications`

use ruma::api::client::push::get_notifications::v3;
use serde_json::{Value, json};

use crate::{
    MatrixError, Result,
    api::{
        Ruma,
        json::{AnsweredWith, Json},
    },
    service::Services,
};

/// How many there are unless said.
const DEFAULT: usize = 30;

pub(super) async fn get_notifications(
    services: Services,
    request: Ruma<AnsweredWith<Value, v3::Request>>,
) -> Result<Json<Value>> {
    let limit = request.limit.map_or(DEFAULT, |limit| usize::try_from(u64::from(limit)).unwrap_or(usize::MAX));
    let highlights = request.only.as_deref() == Some("highlight");
    let page = services.notifications.list(&request.sender, request.from.as_deref(), limit, highlights).await?;
    let mut notifications = serde_json::to_value(page.notifications).map_err(MatrixError::internal)?;
    for notification in notifications.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        // Looked for by clients, though rules have had no profile for long.
        notification.entry("profile_tag").or_insert(Value::Null);
    }
    let mut answer = json!({ "notifications": notifications });
    if let (Some(next), Some(answer)) = (page.next, answer.as_object_mut()) {
        answer.insert("next_token".to_owned(), next.into());
    }
    Ok(Json(answer))
}
