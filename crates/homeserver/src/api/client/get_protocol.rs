//! `GET /_matrix/client/*/thirdparty/protocol/{protocol}`

use ruma::api::client::thirdparty::get_protocol::v3;

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// There are no bridges.
pub(super) async fn get_protocol(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Err(MatrixError::not_found("there is no such protocol"))
}
