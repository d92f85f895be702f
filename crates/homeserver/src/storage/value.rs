//! What can be bound to a parameter of a statement.

use std::sync::Arc;

use ruma::{
    DeviceId, EventId, OwnedDeviceId, OwnedEventId, OwnedRoomAliasId, OwnedRoomId, OwnedTransactionId, OwnedUserId,
    RoomAliasId, RoomId, TransactionId, UserId,
};

/// A value for a parameter. A missing one still has a type, which PostgreSQL asks for.
#[derive(Clone, Debug)]
pub enum Value {
    /// `{bigint}`
    Integer(Option<i64>),
    /// `{text}`
    Text(Option<String>),
    /// `{blob}`
    Bytes(Option<Vec<u8>>),
    /// A list of texts, named by a token of the statement; see [`sql`](super::sql).
    Texts(Vec<String>),
    /// A list of numbers, likewise.
    Integers(Vec<i64>),
}

impl Value {
    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::Texts(_) | Self::Integers(_))
    }
}

/// A list of identifiers, for a token of the statement.
pub(crate) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(|text| text.as_ref().to_owned()).collect()
}

/// The values of a statement's parameters, in order: `args![room_id, 5, None::<String>]`.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::storage::Value::from($value)),*]
    };
}
pub(crate) use args;

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(Some(value.into()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(ToOwned::to_owned))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl From<Vec<i64>> for Value {
    fn from(numbers: Vec<i64>) -> Self {
        Self::Integers(numbers)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Arc<[u8]>> for Value {
    fn from(value: Arc<[u8]>) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

macro_rules! identifiers {
    ($($owned:ty, $borrowed:ty;)*) => {$(
        impl From<$owned> for Value {
            fn from(value: $owned) -> Self {
                Self::Text(Some(value.as_str().to_owned()))
            }
        }

        impl From<&$owned> for Value {
            fn from(value: &$owned) -> Self {
                Self::Text(Some(value.as_str().to_owned()))
            }
        }

        impl From<&$borrowed> for Value {
            fn from(value: &$borrowed) -> Self {
                Self::Text(Some(value.as_str().to_owned()))
            }
        }

        impl From<Option<$owned>> for Value {
            fn from(value: Option<$owned>) -> Self {
                Self::Text(value.map(|value| value.as_str().to_owned()))
            }
        }

        impl From<Option<&$borrowed>> for Value {
            fn from(value: Option<&$borrowed>) -> Self {
                Self::Text(value.map(|value| value.as_str().to_owned()))
            }
        }
    )*};
}

identifiers! {
    OwnedDeviceId, DeviceId;
    OwnedEventId, EventId;
    OwnedRoomAliasId, RoomAliasId;
    OwnedRoomId, RoomId;
    OwnedTransactionId, TransactionId;
    OwnedUserId, UserId;
}
