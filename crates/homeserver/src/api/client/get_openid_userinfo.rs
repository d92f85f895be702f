//! `GET /_matrix/federation/v1/openid/userinfo`: asked by third parties, not by servers

use ruma::api::federation::openid::get_openid_userinfo::v1;

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, user_tokens::Purpose},
};

pub(super) async fn get_openid_userinfo(services: Services, request: Ruma<v1::Request>) -> Result<v1::Response> {
    let owner = services.user_tokens.owner(&request.access_token, Purpose::OpenId).await?;
    Ok(v1::Response::new(owner.ok_or_else(|| MatrixError::unknown_token(false))?))
}
