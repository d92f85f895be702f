//! `GET /_matrix/client/v3/pushrules/global/{kind}/`
//!
//! Left out of the specification since, and asked for by clients that show one kind of rules. Beside it is the
//! answer to whoever means a scope, a kind or a part of a rule that does not exist.

use ruma::{
    api::{
        IncomingRequest,
        auth_scheme::AccessToken,
        error::{Error, FromHttpRequestError},
    },
    push::RuleKind,
};
use serde_json::{Value, json};

use crate::{
    MatrixError, Result,
    api::{Ruma, json::Json},
    service::Services,
};

/// Which kind of rules.
pub(super) struct Request {
    kind: RuleKind,
}

ruma::metadata! {
    method: GET,
    rate_limited: false,
    authentication: AccessToken,
    history: {
        1.0 => "/_matrix/client/r0/pushrules/global/{kind}/",
        1.1 => "/_matrix/client/v3/pushrules/global/{kind}/",
    }
}

impl IncomingRequest for Request {
    type EndpointError = Error;
    type OutgoingResponse = Json<Value>;

    fn try_from_http_request<B, S>(request: http::Request<B>, path: &[S]) -> Result<Self, FromHttpRequestError>
    where
        B: AsRef<[u8]>,
        S: AsRef<str>,
    {
        Self::check_request_method(request.method())?;
        Ok(Self { kind: path.first().map(AsRef::as_ref).unwrap_or_default().into() })
    }
}

pub(super) async fn get_pushrules_of_kind(services: Services, request: Ruma<Request>) -> Result<Json<Value>> {
    let rules = services.push_rules.ruleset(&request.sender.user_id).await?;
    let rules = match request.kind {
        RuleKind::Override => json!(rules.override_),
        RuleKind::Content => json!(rules.content),
        RuleKind::Room => json!(rules.room),
        RuleKind::Sender => json!(rules.sender),
        RuleKind::Underride => json!(rules.underride),
        _ => return Err(no_such_rules().await),
    };
    Ok(Json(rules))
}

pub(super) async fn no_such_rules() -> MatrixError {
    MatrixError::invalid_param("there are no such push rules")
}
