//! Keys of records: tuples whose byte order is the tuples' order, whatever their parts contain.

use crate::port::{Key, KeyRange};

/// Builds a key part by part.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyBuilder(Key);

impl KeyBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A text part. A zero byte within is escaped, so that no part can run into the next.
    pub(crate) fn text(mut self, text: impl AsRef<str>) -> Self {
        for &byte in text.as_ref().as_bytes() {
            self.0.push(byte);
            if byte == 0 {
                self.0.push(u8::MAX);
            }
        }
        self.0.push(0);
        self
    }

    /// A number part, in its order.
    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// A signed number part, in its order.
    pub(crate) fn signed(self, number: i64) -> Self {
        self.number(number.cast_unsigned() ^ (1 << 63))
    }

    pub(crate) fn build(self) -> Key {
        self.0
    }

    /// Every key that begins with these parts.
    pub(crate) fn range(self) -> KeyRange {
        KeyRange::prefix(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyBuilder;

    #[test]
    fn a_part_cannot_run_into_the_next() {
        let one = KeyBuilder::new().text("a\0b").text("c").build();
        let other = KeyBuilder::new().text("a").text("b\0c").build();

        assert_ne!(one, other);
    }

    #[test]
    fn keys_are_in_the_order_of_their_parts() {
        let key = |text: &str, number| KeyBuilder::new().text(text).signed(number).build();

        assert!(key("a", 5) < key("ab", -5));
        assert!(key("a", -5) < key("a", -1));
        assert!(key("a", -1) < key("a", 0));
        assert!(key("a", 0) < key("a", i64::MAX));
    }
}
