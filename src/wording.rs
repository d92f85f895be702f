//! Facts of the core as sentences in the person's language.
//!
//! Every string the page shows comes from here: `locales/en.ftl` holds them in Fluent's syntax, and [`t`] has one
//! function for each, made at build time, so a missing string does not compile. Nothing here knows Matrix but the
//! modules that turn its facts into sentences.

mod catalogue;
pub(crate) mod dates;
pub(crate) mod events;
mod intl;
mod language;
mod names;
mod refusals;
pub(crate) mod roles;
pub(crate) mod runs;
pub(crate) mod sizes;
mod undecryptable;
mod value;

pub(crate) use self::undecryptable::undecryptable;
pub use self::{
    intl::{list, number, uppercase},
    language::{Direction, Language, language, set_language},
    names::{room_name, user_name},
    refusals::{Explanation, explain},
    value::Value,
};

/// One function for each message of the catalogue.
pub mod t {
    use super::{Value, catalogue::format};

    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}
