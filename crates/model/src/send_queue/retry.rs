//! What a failed request means for what was to be sent.

use super::Refused;

/// Milliseconds before the second try; each further wait is twice as long.
const FIRST_WAIT: u64 = 1_000;

/// Milliseconds no wait exceeds.
const LONGEST_WAIT: u64 = 60_000;

/// How a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No answer.
    Unreachable,
    /// An answer that is no success. Without an `errcode` it does not come from a Matrix homeserver but from something in
    /// between: a proxy, a portal.
    Response {
        status: u16,
        errcode: Option<String>,
        error: String,
        /// `retry_after_ms`, or the `Retry-After` header.
        retry_after: Option<u64>,
    },
}

/// What is to be done about a [`Failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The session has ended: nothing goes until it continues.
    Pause,
    /// Try again after so many milliseconds.
    Wait(u64),
    /// Trying again would give the same answer: the person decides.
    Refused(Refused),
}

/// What is to be done about a failure after `attempts` earlier ones.
pub fn verdict(failure: &Failure, attempts: u32, jitter: f64) -> Verdict {
    match failure {
        Failure::Unreachable => Verdict::Wait(wait(attempts, jitter)),
        Failure::Response { status: 401, errcode: Some(_), .. } => Verdict::Pause,
        Failure::Response { status: 429, retry_after, .. } => {
            Verdict::Wait(retry_after.unwrap_or_else(|| wait(attempts, jitter)))
        }
        Failure::Response { status, errcode: Some(errcode), error, .. } if *status < 500 => {
            Verdict::Refused(Refused { status: *status, errcode: errcode.clone(), error: error.clone() })
        }
        Failure::Response { .. } => Verdict::Wait(wait(attempts, jitter)),
    }
}

/// Twice as long each time; half of it is left to chance.
fn wait(attempts: u32, jitter: f64) -> u64 {
    let longest = FIRST_WAIT.saturating_mul(1 << attempts.min(16)).min(LONGEST_WAIT);
    let half = longest / 2;
    half + (half as f64 * jitter.clamp(0.0, 1.0)) as u64
}
