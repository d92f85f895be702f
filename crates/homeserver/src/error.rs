//! What the homeserver answers when it does not do what it was asked: one error for every service
//! and endpoint, which knows its status and its `errcode`.
//!
//! A refusal carries a message for the developer of the client. An internal error tells the client
//! nothing but that it happened; its source is logged once, when it becomes a response.

use std::{error::Error as StdError, io, time::Duration};

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use ruma::api::{
    OutgoingResponse,
    client::uiaa::{UiaaInfo, UiaaResponse},
    error::{
        Error as StandardError, ErrorKind, LimitExceededErrorData, RetryAfter, StandardErrorBody,
        UnknownTokenErrorData, UserLimitExceededErrorData, WrongRoomKeysVersionErrorData,
    },
};

use crate::storage::{Outage, StorageError};

/// The result of every service and endpoint.
pub type Result<T, E = MatrixError> = std::result::Result<T, E>;

/// Why a request was not done, see the [standard error response].
///
/// [standard error response]: https://spec.matrix.org/v1.18/client-server-api/#standard-error-response
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// The request is refused; the client can act on the kind.
    #[error("{message}")]
    Refused {
        /// The HTTP status of the answer.
        status: StatusCode,
        /// The `errcode`, with what belongs to it.
        kind: ErrorKind,
        /// What a developer reads.
        message: String,
    },
    /// The user has to prove who they are first, see the [User-Interactive Authentication API].
    ///
    /// [User-Interactive Authentication API]: https://spec.matrix.org/v1.18/client-server-api/#user-interactive-authentication-api
    #[error("user-interactive authentication required")]
    Uiaa(Box<UiaaInfo>),
    /// The database or the disk does not work for the time being; the client tries again later.
    #[error("{}", sentence(outage))]
    Unavailable {
        /// What is the matter.
        outage: Outage,
        /// How it showed.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Something of ours is broken; the client can only try again.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// Makes a constructor per `errcode` that has one usual status.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $status:ident, $kind:ident;)+) => {
        impl MatrixError {
            $(
                $(#[$doc])*
                pub fn $name(message: impl Into<String>) -> Self {
                    Self::refused(StatusCode::$status, ErrorKind::$kind, message)
                }
            )+
        }
    };
}

refusals! {
    /// `M_BAD_ALIAS`: an alias does not point where it should.
    bad_alias: BAD_REQUEST, BadAlias;
    /// `M_BAD_JSON`: JSON of the wrong shape.
    bad_json: BAD_REQUEST, BadJson;
    /// `M_BAD_STATE`: the change makes no sense in the present state.
    bad_state: BAD_REQUEST, BadState;
    /// `M_CANNOT_OVERWRITE_MEDIA`: the media ID has its content already.
    cannot_overwrite_media: CONFLICT, CannotOverwriteMedia;
    /// `M_EXCLUSIVE`: the name belongs to an application service.
    exclusive: BAD_REQUEST, Exclusive;
    /// `M_FORBIDDEN`: the sender may not do this.
    forbidden: FORBIDDEN, Forbidden;
    /// `M_GUEST_ACCESS_FORBIDDEN`: this takes an account.
    guest_access_forbidden: FORBIDDEN, GuestAccessForbidden;
    /// `M_INVALID_PARAM`: a parameter has an impossible value.
    invalid_param: BAD_REQUEST, InvalidParam;
    /// `M_INVALID_ROOM_STATE`: the initial state of a room contradicts itself.
    invalid_room_state: BAD_REQUEST, InvalidRoomState;
    /// `M_INVALID_USERNAME`: not a localpart.
    invalid_username: BAD_REQUEST, InvalidUsername;
    /// `M_MISSING_PARAM`: a parameter that has to be there is not.
    missing_param: BAD_REQUEST, MissingParam;
    /// `M_MISSING_TOKEN`: no access token where one is needed.
    missing_token: UNAUTHORIZED, MissingToken;
    /// `M_NOT_FOUND`: there is no such thing, or the sender may not know of it.
    not_found: NOT_FOUND, NotFound;
    /// `M_NOT_JSON`: the body is no JSON.
    not_json: BAD_REQUEST, NotJson;
    /// `M_NOT_YET_UPLOADED`: the media ID waits for its content.
    not_yet_uploaded: GATEWAY_TIMEOUT, NotYetUploaded;
    /// `M_ROOM_IN_USE`: the alias is taken.
    room_in_use: BAD_REQUEST, RoomInUse;
    /// `M_UNKNOWN`: neither the client nor we were quick enough.
    timed_out: GATEWAY_TIMEOUT, Unknown;
    /// `M_TOO_LARGE`: more bytes than allowed.
    too_large: PAYLOAD_TOO_LARGE, TooLarge;
    /// `M_UNAUTHORIZED`: a stage of authentication failed.
    unauthorized: UNAUTHORIZED, Unauthorized;
    /// `M_UNKNOWN`: the last resort for a wrong request.
    unknown: BAD_REQUEST, Unknown;
    /// `M_UNRECOGNIZED`: no such endpoint.
    unrecognized: NOT_FOUND, Unrecognized;
    /// `M_UNRECOGNIZED`: the endpoint exists, but not with this method.
    method_not_allowed: METHOD_NOT_ALLOWED, Unrecognized;
    /// `M_UNSUPPORTED_ROOM_VERSION`: a room version we do not make.
    unsupported_room_version: BAD_REQUEST, UnsupportedRoomVersion;
    /// `M_USER_DEACTIVATED`: the account was closed.
    user_deactivated: FORBIDDEN, UserDeactivated;
    /// `M_USER_IN_USE`: the user name is taken.
    user_in_use: BAD_REQUEST, UserInUse;
    /// `M_WEAK_PASSWORD`: too short to be one.
    weak_password: BAD_REQUEST, WeakPassword;
}

impl MatrixError {
    /// A refusal with any status and kind.
    pub fn refused(status: StatusCode, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::Refused { status, kind, message: message.into() }
    }

    /// `M_UNKNOWN_TOKEN`: the token is not, or no longer, valid. After a soft logout the client
    /// keeps its keys and logs in again.
    pub fn unknown_token(soft_logout: bool) -> Self {
        let mut data = UnknownTokenErrorData::new();
        data.soft_logout = soft_logout;
        let kind = ErrorKind::UnknownToken(data);
        Self::refused(StatusCode::UNAUTHORIZED, kind, "unknown access token")
    }

    /// `M_INVALID_SIGNATURE`: a key is not signed as it says.
    pub fn invalid_signature(message: impl Into<String>) -> Self {
        Self::custom("M_INVALID_SIGNATURE", message)
    }

    /// An `errcode` of the specification that ruma has no name for yet.
    pub fn custom(errcode: &'static str, message: impl Into<String>) -> Self {
        let kind = serde_json::from_value(serde_json::json!({ "errcode": errcode })).unwrap_or(ErrorKind::Unknown);
        Self::refused(StatusCode::BAD_REQUEST, kind, message)
    }

    /// `M_UNKNOWN_POS`: a connection of sliding sync has to begin anew.
    pub fn unknown_pos() -> Self {
        // ruma's name for it is behind a feature of its own.
        let kind = serde_json::from_str(r#"{"errcode":"M_UNKNOWN_POS"}"#).unwrap_or(ErrorKind::InvalidParam);
        Self::refused(StatusCode::BAD_REQUEST, kind, "the connection is not known: begin anew")
    }

    /// `M_WRONG_ROOM_KEYS_VERSION`: keys are only added to the newest backup, which is another.
    pub fn wrong_room_keys_version(current_version: String) -> Self {
        let kind = ErrorKind::WrongRoomKeysVersion(WrongRoomKeysVersionErrorData::new(current_version));
        Self::refused(StatusCode::FORBIDDEN, kind, "the backup has been replaced")
    }

    /// `M_USER_LIMIT_EXCEEDED`: more than a user of this server may have; at the address is who can
    /// be asked.
    pub fn user_limit_exceeded(info_uri: String, message: impl Into<String>) -> Self {
        let kind = ErrorKind::UserLimitExceeded(UserLimitExceededErrorData::new(info_uri));
        Self::refused(StatusCode::FORBIDDEN, kind, message)
    }

    /// `M_LIMIT_EXCEEDED`: too often; works again after the time given.
    pub fn limit_exceeded(retry_after: Duration) -> Self {
        let mut data = LimitExceededErrorData::new();
        data.retry_after = Some(RetryAfter::Delay(retry_after));
        let kind = ErrorKind::LimitExceeded(data);
        Self::refused(StatusCode::TOO_MANY_REQUESTS, kind, "too many requests")
    }

    /// Wraps what the client can do nothing about.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The kind of a refusal, to decide on.
    pub fn kind(&self) -> Option<&ErrorKind> {
        match self {
            Self::Refused { kind, .. } => Some(kind),
            Self::Uiaa(_) | Self::Unavailable { .. } | Self::Internal(_) => None,
        }
    }
}

impl From<UiaaInfo> for MatrixError {
    fn from(info: UiaaInfo) -> Self {
        Self::Uiaa(Box::new(info))
    }
}

impl IntoResponse for MatrixError {
    fn into_response(self) -> Response {
        let response = match self {
            Self::Refused { status, kind, message } => {
                let body = StandardErrorBody::new(kind, message);
                UiaaResponse::MatrixError(StandardError::new(status, ruma::api::error::ErrorBody::Standard(body)))
            }
            Self::Uiaa(info) => return challenge(*info),
            Self::Unavailable { outage, source } => {
                // That it is so is said once, where it is noticed; this is for who wonders about a request.
                tracing::debug!(error = &*source as &dyn StdError, "a request has to be made again");
                let (status, message) = (status(outage), sentence(&outage).to_owned());
                let body = StandardErrorBody::new(ErrorKind::Unknown, message);
                UiaaResponse::MatrixError(StandardError::new(status, ruma::api::error::ErrorBody::Standard(body)))
            }
            Self::Internal(source) => {
                tracing::error!(error = &*source as &dyn StdError, "a request failed");
                return internal_server_error();
            }
        };
        match response.try_into_http_response::<Vec<u8>>() {
            Ok(response) => response.map(Into::into),
            Err(error) => {
                tracing::error!(%error, "an error could not be serialized");
                internal_server_error()
            }
        }
    }
}

/// Says what is missing. ruma leaves out what is completed as long as nothing is, which there are clients that do
/// not expect once they have tried.
fn challenge(info: UiaaInfo) -> Response {
    let tried = info.auth_error.is_some();
    let body = serde_json::to_value(&info).map(|mut body| {
        if let Some(body) = body.as_object_mut().filter(|_| tried) {
            body.entry("completed").or_insert_with(|| serde_json::json!([]));
        }
        body
    });
    match body {
        Ok(body) => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::UNAUTHORIZED, json, body.to_string()).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an error could not be serialized");
            internal_server_error()
        }
    }
}

fn status(outage: Outage) -> StatusCode {
    match outage {
        Outage::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        Outage::Disk => StatusCode::INSUFFICIENT_STORAGE,
    }
}

fn sentence(outage: &Outage) -> &'static str {
    match outage {
        Outage::Unreachable => "the homeserver cannot reach its database: try again later",
        Outage::Disk => "the homeserver's disk takes nothing more: try again once there is room",
    }
}

/// The answer that cannot fail to be made.
fn internal_server_error() -> Response {
    const BODY: &str = r#"{"errcode":"M_UNKNOWN","error":"internal server error"}"#;
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::INTERNAL_SERVER_ERROR, headers, BODY).into_response()
}

impl From<StorageError> for MatrixError {
    fn from(error: StorageError) -> Self {
        if error.is_unstorable_text() {
            // Identifiers may not contain it, and it is nowhere looked for in each.
            return Self::invalid_param("there is a null character where none may be");
        }
        match error.outage() {
            Some(outage) => Self::Unavailable { outage, source: error.into() },
            None => Self::internal(error),
        }
    }
}

impl From<io::Error> for MatrixError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => {
                tracing::error!(%error, "there is no room for a file");
                Self::Unavailable { outage: Outage::Disk, source: error.into() }
            }
            _ => Self::internal(error),
        }
    }
}
