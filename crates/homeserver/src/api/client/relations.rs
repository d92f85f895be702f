//! What the three endpoints of the [relationships API] have in common: they differ in what they ask for only.
//!
//! [relationships API]: https://spec.matrix.org/v1.18/client-server-api/#relationships-api

use ruma::{
    UInt,
    api::client::relations::{
        get_relating_events, get_relating_events_with_rel_type, get_relating_events_with_rel_type_and_event_type,
    },
    events::AnyMessageLikeEvent,
    serde::Raw,
};

use crate::{
    Result,
    api::Sender,
    service::{
        Services,
        timeline::{
            Token,
            relations::{RECURSION_DEPTH, RelationsRequest},
        },
    },
};

/// What each of them answers.
pub(super) struct Page {
    chunk: Vec<Raw<AnyMessageLikeEvent>>,
    next_batch: Option<String>,
    prev_batch: Option<String>,
    recursion_depth: Option<UInt>,
}

/// Reads a page as its sender sees it.
pub(super) async fn page<R: From<Page>>(
    services: &Services,
    sender: &Sender,
    request: RelationsRequest<'_>,
) -> Result<R> {
    let found = services.rooms.relations(&request).await?;
    let page = Page {
        chunk: services.rooms.show(sender.ids(), Some(&found.history), &found.events).await?,
        next_batch: found.next.map(|token| token.to_string()),
        prev_batch: request.from.map(|token| token.to_string()),
        recursion_depth: request.recurse.then(|| RECURSION_DEPTH.into()),
    };
    Ok(page.into())
}

/// Reads where a page begins or ends.
pub(super) fn token(text: Option<&String>) -> Result<Option<Token>> {
    text.map(|text| Token::parse(text)).transpose()
}

/// How many events are asked for.
pub(super) fn limit(limit: Option<UInt>) -> Option<usize> {
    limit.and_then(|limit| usize::try_from(limit).ok())
}

/// ruma has a type for each.
macro_rules! responses {
    ($($endpoint:ident),+) => {
        $(impl From<Page> for $endpoint::v1::Response {
            fn from(page: Page) -> Self {
                let mut response = Self::new(page.chunk);
                response.next_batch = page.next_batch;
                response.prev_batch = page.prev_batch;
                response.recursion_depth = page.recursion_depth;
                response
            }
        })+
    };
}

responses!(get_relating_events, get_relating_events_with_rel_type, get_relating_events_with_rel_type_and_event_type);
