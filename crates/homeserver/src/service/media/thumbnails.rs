//! Smaller pictures, of a few sizes, made when first asked for.
//!
//! Pictures come from strangers: dimensions and memory are limited before anything is decoded, and
//! decoding happens on threads of its own, a few at a time.

use std::{
    io::{BufReader, Cursor},
    path::Path,
    sync::Arc,
};

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use ruma::media::Method;
use tokio::sync::Semaphore;

use super::{Content, Description, files::Files};
use crate::{MatrixError, Result};

/// The sizes that are made; what is asked for becomes the smallest that is not smaller.
const SIZES: [(u32, u32, bool); 5] =
    [(32, 32, true), (96, 96, true), (320, 240, false), (640, 480, false), (800, 600, false)];

/// The widest and highest picture that is decoded.
const MAXIMUM_SIDE: u32 = 16_384;
/// The most memory a decoder may take.
const MAXIMUM_MEMORY: u64 = 256 * 1024 * 1024;
const JPEG_QUALITY: u8 = 80;

/// Makes thumbnails.
#[derive(Clone, Debug)]
pub(super) struct Thumbnailer {
    files: Files,
    slots: Arc<Semaphore>,
}

/// A size that is made, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThumbnailSize {
    width: u32,
    height: u32,
    crop: bool,
}

impl ThumbnailSize {
    /// The size that serves what is asked for.
    pub fn for_request(width: u32, height: u32, method: Option<&Method>) -> Self {
        let crop = method == Some(&Method::Crop);
        let fits = |size: &&(u32, u32, bool)| size.2 == crop && size.0 >= width && size.1 >= height;
        let largest = SIZES.iter().rfind(|size| size.2 == crop);
        // Large crops are not made: the page crops a scaled picture as well.
        let scaled = || SIZES.iter().find(|size| !size.2 && size.0 >= width && size.1 >= height);
        let chosen = SIZES.iter().find(fits).or_else(scaled).or(largest.filter(|_| !crop)).or(SIZES.last());
        let (width, height, crop) = chosen.copied().unwrap_or((800, 600, false));
        Self { width, height, crop }
    }

    fn name(self, sha256: &str) -> String {
        let method = if self.crop { "crop" } else { "scale" };
        format!("{sha256}-{}x{}-{method}", self.width, self.height)
    }
}

impl Thumbnailer {
    pub(super) fn new(files: Files) -> Self {
        Self { files, slots: Arc::new(Semaphore::new(2)) }
    }

    /// The thumbnail of the picture of this hash. One that is small already is its own thumbnail.
    pub(super) async fn thumbnail(
        &self,
        sha256: &str,
        size: ThumbnailSize,
        description: Description,
    ) -> Result<Content> {
        let name = size.name(sha256);
        if self.files.read(&name).await.is_err() {
            let slot = self.slots.clone().acquire_owned().await.map_err(MatrixError::internal)?;
            let source = self.files.path(sha256);
            let made = tokio::task::spawn_blocking(move || {
                let _slot = slot;
                make(&source, size)
            });
            let made = made.await.map_err(MatrixError::internal)?.map_err(refusal)?;
            self.files.store_derived(&name, &made).await.map_err(MatrixError::internal)?;
        }
        let file = self.files.read(&name).await.map_err(MatrixError::internal)?;
        let length = file.metadata().await.map_err(MatrixError::internal)?.len();
        let kind = content_type(&self.files.path(&name)).await;
        Ok(Content {
            file,
            size: length,
            tag: name,
            description: Description { content_type: Some(kind.to_owned()), ..description },
        })
    }
}

/// Decodes, turns upright, makes smaller and encodes again, without what the camera noted.
fn make(source: &Path, size: ThumbnailSize) -> Result<Vec<u8>, ImageError> {
    let file = BufReader::new(std::fs::File::open(source)?);
    let mut reader = ImageReader::new(file).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAXIMUM_SIDE);
    limits.max_image_height = Some(MAXIMUM_SIDE);
    limits.max_alloc = Some(MAXIMUM_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);

    let smaller = picture.width() > size.width || picture.height() > size.height;
    let picture = match (smaller, size.crop) {
        (false, _) => picture,
        (true, true) => picture.resize_to_fill(size.width, size.height, FilterType::Triangle),
        (true, false) => picture.resize(size.width, size.height, FilterType::Triangle),
    };
    let mut encoded = Cursor::new(Vec::new());
    if picture.color().has_alpha() {
        picture.write_to(&mut encoded, ImageFormat::Png)?;
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut encoded, JPEG_QUALITY))?;
    }
    Ok(encoded.into_inner())
}

/// What a thumbnail was encoded as, from its first bytes.
async fn content_type(path: &Path) -> &'static str {
    use tokio::io::AsyncReadExt as _;

    let mut start = [0; 4];
    let read = async { tokio::fs::File::open(path).await?.read_exact(&mut start).await };
    match read.await {
        Ok(_) if start == *b"\x89PNG" => "image/png",
        _ => "image/jpeg",
    }
}

fn refusal(error: ImageError) -> MatrixError {
    match error {
        ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => MatrixError::internal(error),
        error => MatrixError::unknown(format!("this picture cannot be made smaller: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use ruma::media::Method;

    use super::ThumbnailSize;

    fn size(width: u32, height: u32, method: Method) -> (u32, u32, bool) {
        let size = ThumbnailSize::for_request(width, height, Some(&method));
        (size.width, size.height, size.crop)
    }

    #[test]
    fn only_a_few_sizes_are_made() {
        assert_eq!(size(30, 30, Method::Crop), (32, 32, true));
        assert_eq!(size(64, 64, Method::Crop), (96, 96, true));
        assert_eq!(size(321, 10, Method::Scale), (640, 480, false));
        assert_eq!(size(5000, 5000, Method::Scale), (800, 600, false));
        assert_eq!(size(200, 200, Method::Crop), (320, 240, false));
    }
}
