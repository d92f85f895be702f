//! Files that travel beside a message.

use async_trait::async_trait;

/// Why a file cannot be read: it was moved, changed, or belongs to a page that is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file cannot be read")]
pub struct FileError;

/// A file a page handed over. It is copied before the command that brought it is answered.
#[async_trait(?Send)]
pub trait File {
    /// The length in bytes.
    fn size(&self) -> u64;

    /// The type the page's system gives it, if any.
    fn mimetype(&self) -> Option<String>;

    /// At most `length` bytes from `offset`.
    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, FileError>;
}
