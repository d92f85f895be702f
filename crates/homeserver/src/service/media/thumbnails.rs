//! Smaller pictures, of a few sizes, made when first asked for.
//!
//! Pictures come from strangers: dimensions and memory are limited before anything is decoded, and
//! decoding happens on threads of its own, a few at a time.

use std::{
    fs::File,
    io::{BufReader, Cursor},
    path::Path,
    sync::Arc,
};

use image::{
    AnimationDecoder, DynamicImage, Frame, Frames, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{
        gif::{GifDecoder, GifEncoder, Repeat},
        jpeg::JpegEncoder,
        png::PngDecoder,
        webp::WebPDecoder,
    },
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
/// A longer film stands still.
const MAXIMUM_FRAMES: usize = 200;
/// What all pictures of a film may hold before they are made smaller, one after the other.
const MAXIMUM_FILM: u64 = 500_000_000;

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
    /// Whether what moves may go on moving.
    animated: bool,
}

impl ThumbnailSize {
    /// The size that serves what is asked for.
    pub fn for_request(width: u32, height: u32, method: Option<&Method>, animated: bool) -> Self {
        let crop = method == Some(&Method::Crop);
        let fits = |size: &&(u32, u32, bool)| size.2 == crop && size.0 >= width && size.1 >= height;
        let largest = SIZES.iter().rfind(|size| size.2 == crop);
        // Large crops are not made: the page crops a scaled picture as well.
        let scaled = || SIZES.iter().find(|size| !size.2 && size.0 >= width && size.1 >= height);
        let chosen = SIZES.iter().find(fits).or_else(scaled).or(largest.filter(|_| !crop)).or(SIZES.last());
        let (width, height, crop) = chosen.copied().unwrap_or((800, 600, false));
        Self { width, height, crop, animated }
    }

    fn name(self, sha256: &str) -> String {
        let method = if self.crop { "crop" } else { "scale" };
        let animated = if self.animated { "-animated" } else { "" };
        format!("{sha256}-{}x{}-{method}{animated}", self.width, self.height)
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
            self.files.store_derived(&name, &made).await?;
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

/// Makes a thumbnail, one that moves where that is asked for and the picture does.
fn make(source: &Path, size: ThumbnailSize) -> Result<Vec<u8>, ImageError> {
    if size.animated
        && let Some(film) = film(source, size)?
    {
        return Ok(film);
    }
    still(source, size)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAXIMUM_SIDE);
    limits.max_image_height = Some(MAXIMUM_SIDE);
    limits.max_alloc = Some(MAXIMUM_MEMORY);
    limits
}

/// The frames of a picture that moves; nothing for one that does not.
fn frames(source: &Path) -> Result<Option<(u32, u32, Frames<'static>)>, ImageError> {
    let open = || Ok::<_, ImageError>(BufReader::new(File::open(source)?));
    Ok(match ImageReader::new(open()?).with_guessed_format()?.format() {
        Some(ImageFormat::Gif) => {
            let mut decoder = GifDecoder::new(open()?)?;
            decoder.set_limits(limits())?;
            let (width, height) = decoder.dimensions();
            Some((width, height, decoder.into_frames()))
        }
        Some(ImageFormat::WebP) => {
            let mut decoder = WebPDecoder::new(open()?)?;
            decoder.set_limits(limits())?;
            let (width, height) = decoder.dimensions();
            decoder.has_animation().then(|| (width, height, decoder.into_frames()))
        }
        Some(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(open()?, limits())?;
            let (width, height) = decoder.dimensions();
            if decoder.is_apng()? { Some((width, height, decoder.apng()?.into_frames())) } else { None }
        }
        _ => None,
    })
}

/// Makes every frame smaller, one after the other; nothing for what does not move or moves for too long.
fn film(source: &Path, size: ThumbnailSize) -> Result<Option<Vec<u8>>, ImageError> {
    let Some((width, height, frames)) = frames(source)? else { return Ok(None) };
    let (mut smaller, mut decoded) = (Vec::new(), 0);
    for frame in frames {
        decoded += u64::from(width) * u64::from(height) * 4;
        if smaller.len() == MAXIMUM_FRAMES || decoded > MAXIMUM_FILM {
            return Ok(None);
        }
        let frame = frame?;
        let delay = frame.delay();
        let picture = resize(DynamicImage::ImageRgba8(frame.into_buffer()), size).into_rgba8();
        smaller.push(Frame::from_parts(picture, 0, 0, delay));
    }
    if smaller.len() < 2 {
        return Ok(None);
    }
    let mut encoded = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut encoded, 20);
    encoder.set_repeat(Repeat::Infinite)?;
    encoder.encode_frames(smaller)?;
    drop(encoder);
    Ok(Some(encoded))
}

fn resize(picture: DynamicImage, size: ThumbnailSize) -> DynamicImage {
    let smaller = picture.width() > size.width || picture.height() > size.height;
    match (smaller, size.crop) {
        (false, _) => picture,
        (true, true) => picture.resize_to_fill(size.width, size.height, FilterType::Triangle),
        (true, false) => picture.resize(size.width, size.height, FilterType::Triangle),
    }
}

/// Decodes, turns upright, makes smaller and encodes again, without what the camera noted.
fn still(source: &Path, size: ThumbnailSize) -> Result<Vec<u8>, ImageError> {
    let mut reader = ImageReader::new(BufReader::new(File::open(source)?)).with_guessed_format()?;
    reader.limits(limits());
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);

    let picture = resize(picture, size);
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
        Ok(_) if start == *b"GIF8" => "image/gif",
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
        let size = ThumbnailSize::for_request(width, height, Some(&method), false);
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
