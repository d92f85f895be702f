//! `GET /_matrix/client/*/room_keys/version`

use ruma::api::client::backup::get_latest_backup_info::v3;

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// Nobody has a backup here, which clients tell from a server that does not know the question.
pub(super) async fn get_latest_backup_info(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Err(MatrixError::not_found("there is no backup"))
}
