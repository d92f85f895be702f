//! Pictures: how many device pixels they have, how large they are, and saving a file.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlAnchorElement, ImageBitmap};

use super::file::File;

/// CSS pixels as device pixels.
pub fn device_pixels(css: u32) -> u32 {
    (f64::from(css) * window().device_pixel_ratio().clamp(1.0, 3.0)).ceil() as u32
}

/// The width and height of a picture in pixels; `None`: the browser cannot decode it.
pub async fn dimensions(file: &File) -> Option<(u32, u32)> {
    let decoding = window().create_image_bitmap_with_blob(file.blob()).ok()?;
    let bitmap: ImageBitmap = JsFuture::from(decoding).await.ok()?.dyn_into().ok()?;
    let size = (bitmap.width(), bitmap.height());
    bitmap.close();
    Some(size)
}

/// Saves what is under `url` as `name`, as if a link to it had been pressed.
pub fn save(url: &str, name: &str) {
    let link = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(url);
        link.set_download(name);
        link.click();
    }
}
