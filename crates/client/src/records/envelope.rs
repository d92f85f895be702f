//! The wrapping of every value in the store, from the first row on: what it is, who can open it, in which form it is.

use crate::port::{Sealer, StoreError, Table};

/// The version of the wrapping itself.
const ENVELOPE_VERSION: u8 = 1;
const HEADER_LENGTH: usize = 5;

/// Whether a value is sealed at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Cache of what the homeserver has in the clear as well.
    Plain,
    /// Secrets, what a person wrote and did not send yet, and whatever was encrypted on its way.
    Sealed,
}

/// The key that sealed a value: the account's data key. Others come with key rotation.
const DATA_KEY: u8 = 1;

/// Wraps a value: version, plain (0) or the key's ID, schema, kind of serialisation.
pub(crate) fn wrap(
    sealer: &dyn Sealer,
    table: Table,
    key: &[u8],
    schema: u16,
    protection: Protection,
    value: &[u8],
) -> Vec<u8> {
    let key_id = match protection {
        Protection::Plain => 0,
        Protection::Sealed => DATA_KEY,
    };
    let [schema_high, schema_low] = schema.to_be_bytes();
    let mut wrapped =
        vec![ENVELOPE_VERSION, u8::from(protection == Protection::Sealed), schema_high, schema_low, key_id];
    match protection {
        Protection::Plain => wrapped.extend_from_slice(value),
        Protection::Sealed => wrapped.extend_from_slice(&sealer.seal(table, key, value)),
    }
    wrapped
}

/// Opens what [`wrap`] made: its schema and the value.
pub(crate) fn open(
    sealer: &dyn Sealer,
    table: Table,
    key: &[u8],
    wrapped: &[u8],
) -> Result<(u16, Vec<u8>), StoreError> {
    let unreadable = || StoreError::Unreadable { table: table.name() };
    let (header, value) = wrapped.split_at_checked(HEADER_LENGTH).ok_or_else(unreadable)?;
    let &[version, sealed, schema_high, schema_low, key_id] = header else { return Err(unreadable()) };
    if version != ENVELOPE_VERSION {
        return Err(unreadable());
    }
    let schema = u16::from_be_bytes([schema_high, schema_low]);
    match (sealed, key_id) {
        (0, 0) => Ok((schema, value.to_vec())),
        (1, DATA_KEY) => Ok((schema, sealer.open(table, key, value)?)),
        _ => Err(unreadable()),
    }
}
