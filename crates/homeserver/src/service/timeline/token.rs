//! Where in a room's timeline a page begins or ends.

use std::fmt;

use crate::{MatrixError, Result, storage::StreamPosition};

/// A place between two events: after the one of this position, before the next.
///
/// Written `t1_POSITION`. The tokens of `/sync` are accepted as well: they begin with the position of
/// the stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token(pub StreamPosition);

impl Token {
    /// Reads a token of this or of `/sync`.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || MatrixError::invalid_param("this token was not made by this server");
        let number = match text.strip_prefix("t1_") {
            Some(number) => number,
            None => {
                let rest = text.strip_prefix("s1_").ok_or_else(invalid)?;
                rest.split('_').next().unwrap_or(rest)
            }
        };
        let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let position = number.parse().ok().filter(|_| is_plain).ok_or_else(invalid)?;
        Ok(Self(position))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t1_{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_reads_as_it_is_written_and_nothing_else_does() {
        let token = Token(42);
        assert_eq!(Token::parse(&token.to_string()).unwrap(), token);
        assert_eq!(Token::parse("s1_42_7_8").unwrap(), token);
        for wrong in ["", "t1_", "t1_-1", "t1_+1", "t2_1", "s1__1", "t1_99999999999999999999"] {
            Token::parse(wrong).unwrap_err();
        }
    }
}
