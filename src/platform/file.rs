//! Files and what is shown of them: the person's own on the way out, media on the way in.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Blob, Url};

/// A file the person chose, pasted or dropped.
#[derive(Debug, Clone)]
pub struct File(web_sys::File);

impl File {
    pub fn new(file: web_sys::File) -> Self {
        Self(file)
    }

    /// The name without its folder.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// As the system says, or `application/octet-stream`.
    pub fn mimetype(&self) -> String {
        match self.0.type_() {
            mimetype if mimetype.is_empty() => "application/octet-stream".to_owned(),
            mimetype => mimetype,
        }
    }

    /// The length in bytes.
    pub fn size(&self) -> u64 {
        self.0.size() as u64
    }

    /// For a preview on the screen.
    pub fn object_url(&self) -> Option<ObjectUrl> {
        ObjectUrl::new(&self.0)
    }

    pub(crate) fn blob(&self) -> &Blob {
        self.0.unchecked_ref()
    }
}

/// An address under which the page shows a file; it ends with the last clone.
#[derive(Debug, Clone)]
pub struct ObjectUrl(Rc<OwnedUrl>);

#[derive(Debug)]
struct OwnedUrl(String);

impl ObjectUrl {
    /// `None` when the browser refuses.
    pub fn new(blob: &Blob) -> Option<Self> {
        Url::create_object_url_with_blob(blob).ok().map(|url| Self(Rc::new(OwnedUrl(url))))
    }

    /// Of a text, to be saved as a file. `None` when the browser refuses.
    pub fn of_text(text: &str) -> Option<Self> {
        let blob = Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into())).ok()?;
        Self::new(&blob)
    }

    /// For `src` and `href`.
    pub fn as_str(&self) -> &str {
        &self.0.0
    }
}

impl Drop for OwnedUrl {
    fn drop(&mut self) {
        // Revoking what is already gone is no error.
        Url::revoke_object_url(&self.0).ok();
    }
}
