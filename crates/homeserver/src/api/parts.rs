//! The parts of requests that ruma does not know, read as it reads its own.

use axum::extract::Query;
use http::Uri;
use ruma::api::error::FromHttpRequestError;
use serde::de::{DeserializeOwned, Error as _};

/// What stands in the query.
pub(super) fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, FromHttpRequestError> {
    let query = Query::try_from_uri(uri);
    Ok(query.map_err(|error| serde_json::Error::custom(error.body_text()))?.0)
}

/// A variable of the path, in the order of the path.
pub(super) fn argument<S: AsRef<str>>(path: &[S], index: usize) -> &str {
    path.get(index).map(AsRef::as_ref).unwrap_or_default()
}
