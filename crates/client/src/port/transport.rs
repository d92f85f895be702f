//! HTTP.

use async_trait::async_trait;

/// Why no answer came. What the answer says is not the transport's business.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or it broke, or the browser refused (CORS, mixed content): a page is not told which.
    #[error("no answer from the network: {0}")]
    Network(String),
    /// The request cannot be sent by this transport at all.
    #[error("the request cannot be sent: {0}")]
    InvalidRequest(String),
}

/// Sends HTTP requests. Dropping a future aborts its request. Time limits are the caller's.
#[async_trait(?Send)]
pub trait Transport {
    /// Sends a request and reads the whole answer.
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, TransportError>;

    /// The same for a large body; `progress` is told the bytes sent, as often as the adapter knows.
    async fn upload(
        &self,
        request: http::Request<Vec<u8>>,
        progress: &dyn Fn(u64),
    ) -> Result<http::Response<Vec<u8>>, TransportError>;
}
