//! Why an encrypted message cannot be read, in a sentence.

use trellis_model::protocol::{Undecryptable, Withheld};

use super::t;

/// The sentence.
pub(crate) fn undecryptable(why: Undecryptable) -> String {
    match why {
        Undecryptable::MissingKey => t::message_undecryptable_missing(),
        Undecryptable::BeforeDevice => t::message_undecryptable_before_device(),
        Undecryptable::BeforeJoining => t::message_undecryptable_before_joining(),
        Undecryptable::Withheld(Withheld::Blocked) => t::message_undecryptable_blocked(),
        Undecryptable::Withheld(Withheld::Unverified) => t::message_undecryptable_unverified(),
        Undecryptable::Withheld(Withheld::NotAllowed) => t::message_undecryptable_not_allowed(),
        Undecryptable::Withheld(Withheld::Unavailable) => t::message_undecryptable_unavailable(),
        Undecryptable::Withheld(Withheld::NoChannel) => t::message_undecryptable_no_channel(),
        Undecryptable::Withheld(Withheld::Other) => t::message_undecryptable_withheld(),
        Undecryptable::UnsupportedAlgorithm => t::message_undecryptable_algorithm(),
        Undecryptable::Broken => t::message_undecryptable_broken(),
    }
}
