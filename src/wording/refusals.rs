//! Refusals as sentences: what happened, whether anything is lost, what to do.

use trellis_model::protocol::{Refusal, UploadRefusal};

use super::t;

/// A refusal in words, with the homeserver's own for those who want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub text: String,
    /// Folds out under "Details".
    pub details: Option<String>,
}

/// Puts a refusal into words.
pub fn explain(refusal: &Refusal) -> Explanation {
    let details = match refusal {
        Refusal::NotAHomeserver { tried } if !tried.is_empty() => Some(tried.join("\n")),
        Refusal::WeakPassword { reason } | Refusal::Forbidden { reason } => reason.clone(),
        Refusal::UnsupportedStage { stage } => Some(stage.clone()),
        Refusal::Homeserver { errcode, error, status } => Some(format!("{status} {errcode}\n{error}")),
        _ => None,
    };
    Explanation { text: sentence(refusal), details }
}

fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Offline => t::refusal_offline(),
        Refusal::NotAHomeserver { .. } => t::refusal_not_a_homeserver(),
        Refusal::InvalidInput => t::refusal_invalid_input(),
        Refusal::WrongPassword => t::refusal_wrong_password(),
        Refusal::WrongRecoveryKey => t::refusal_wrong_recovery_key(),
        Refusal::UserDeactivated => t::refusal_user_deactivated(),
        Refusal::UserIdTaken => t::refusal_user_id_taken(),
        Refusal::UserIdInvalid => t::refusal_user_id_invalid(),
        Refusal::WeakPassword { .. } => t::refusal_weak_password(),
        Refusal::RegistrationClosed => t::refusal_registration_closed(),
        Refusal::RegistrationTokenRequired => t::refusal_registration_token_required(),
        Refusal::RegistrationTokenWrong => t::refusal_registration_token_wrong(),
        Refusal::UnsupportedStage { .. } => t::refusal_unsupported_stage(),
        Refusal::SessionEnded { soft: false } => t::refusal_session_ended(),
        Refusal::SessionEnded { soft: true } => t::refusal_session_ended_soft(),
        Refusal::Forbidden { .. } => t::refusal_forbidden(),
        Refusal::NotFound => t::refusal_not_found(),
        Refusal::RoomAliasTaken => t::refusal_room_alias_taken(),
        Refusal::LimitExceeded { retry_after } => t::refusal_limit_exceeded(retry_after.div_ceil(1000).max(1)),
        Refusal::Upload(UploadRefusal::TooLarge { limit }) => t::refusal_too_large(limit / 1_000_000),
        Refusal::Upload(UploadRefusal::Unreadable) => t::refusal_unreadable(),
        Refusal::Damaged => t::refusal_damaged(),
        Refusal::StorageFull => t::refusal_storage_full(),
        Refusal::CoreFailed => t::refusal_core_failed(),
        Refusal::Homeserver { .. } => t::refusal_homeserver(),
    }
}
