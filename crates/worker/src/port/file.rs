//! Files of a tab.

use std::rc::Rc;

use async_trait::async_trait;
use js_sys::Uint8Array;
use trellis_client::port::{File, FileError};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// A `Blob` that came beside a command.
pub(crate) struct BlobFile(Blob);

impl BlobFile {
    /// The file as the client takes it.
    pub(crate) fn port(blob: Blob) -> Rc<dyn File> {
        Rc::new(Self(blob))
    }
}

#[async_trait(?Send)]
impl File for BlobFile {
    fn size(&self) -> u64 {
        // Sizes are whole numbers, which doubles count exactly up to 2^53.
        self.0.size() as u64
    }

    fn mimetype(&self) -> Option<String> {
        Some(self.0.type_()).filter(|mimetype| !mimetype.is_empty())
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let end = offset.saturating_add(length as u64);
        let slice = self.0.slice_with_f64_and_f64(offset as f64, end as f64).map_err(|_| FileError)?;
        let buffer = JsFuture::from(slice.array_buffer()).await.map_err(|_| FileError)?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}
