//! Why something a person asked for was not done, as a fact. The page makes the sentence.

use serde::{Deserialize, Serialize};

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// No answer from the network.
    Offline,
    /// The address does not lead to a Matrix homeserver. `tried`: the URLs asked, in order.
    NotAHomeserver {
        tried: Vec<String>,
    },
    /// What was typed cannot be an address, an ID or an alias.
    InvalidInput,
    WrongPassword,
    /// The recovery key opens nothing.
    WrongRecoveryKey,
    UserDeactivated,
    UserIdTaken,
    UserIdInvalid,
    WeakPassword {
        reason: Option<String>,
    },
    RegistrationClosed,
    RegistrationTokenRequired,
    RegistrationTokenWrong,
    /// The homeserver asks for a stage this client does not know.
    UnsupportedStage {
        stage: String,
    },
    /// The session has ended on the homeserver; `soft`: the data stay, logging in again continues.
    SessionEnded {
        soft: bool,
    },
    /// Not allowed in the room, or by the homeserver.
    Forbidden {
        reason: Option<String>,
    },
    NotFound,
    RoomAliasTaken,
    /// Milliseconds until another try may succeed.
    LimitExceeded {
        retry_after: u64,
    },
    Upload(UploadRefusal),
    /// A file is not what was sent: it does not open with its key.
    Damaged,
    /// The browser's storage is full or refuses to write.
    StorageFull,
    /// The core itself failed; it restarts.
    CoreFailed,
    /// Any other refusal of the homeserver, with its own words for the details.
    Homeserver {
        errcode: String,
        error: String,
        status: u16,
    },
}

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UploadRefusal {
    /// Larger than the homeserver takes, in bytes.
    TooLarge { limit: u64 },
    /// The file can no longer be read.
    Unreadable,
}
