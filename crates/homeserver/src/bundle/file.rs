//! One file as an answer: its type, its tag, and how long it may be kept.

use std::{ffi::OsString, fs::Metadata, path::Path, time::UNIX_EPOCH};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::negotiation::{self, Encoding};

/// For a year: the name changes with the content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked for each time.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Answers with a file below `root`, encoded as the client likes best.
pub(super) async fn open(root: &Path, path: &Path, headers: &HeaderMap) -> Option<Response> {
    let plain = root.join(path);
    for encoding in negotiation::accepted(headers) {
        let mut encoded = OsString::from(&plain);
        encoded.push(encoding.suffix);
        if let Some((file, metadata)) = regular(Path::new(&encoded)).await {
            return Some(answer(path, file, &metadata, Some(encoding), headers));
        }
    }
    let (file, metadata) = regular(&plain).await?;
    Some(answer(path, file, &metadata, None, headers))
}

async fn regular(path: &Path) -> Option<(File, Metadata)> {
    let file = File::open(path).await.ok()?;
    let metadata = file.metadata().await.ok()?;
    metadata.is_file().then_some((file, metadata))
}

fn answer(path: &Path, file: File, metadata: &Metadata, encoding: Option<Encoding>, request: &HeaderMap) -> Response {
    let tag = tag(metadata, encoding);
    let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(metadata.len()));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.token));
        }
        response
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::CACHE_CONTROL, if is_hashed(path) { IMMUTABLE } else { REVALIDATE });
    response
}

/// Changes whenever the file is written anew.
fn tag(metadata: &Metadata, encoding: Option<Encoding>) -> String {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanos = modified.map_or(0, |duration| duration.as_nanos());
    let suffix = encoding.map_or("", |encoding| encoding.token);
    format!("\"{:x}-{nanos:x}{suffix}\"", metadata.len())
}

/// Whether the path carries a hash of the content, in the name of the file or of a directory, as the
/// build writes it: `app-0123456789abcdef_bg.wasm`, `worker-0123456789abcdef/loader.js`.
fn is_hashed(path: &Path) -> bool {
    path.iter().filter_map(|segment| segment.to_str()).any(|segment| {
        let hash = segment.rsplit_once('-').map_or("", |(_, rest)| rest);
        let digits = hash.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits >= 12 && matches!(hash.as_bytes().get(digits), None | Some(b'.' | b'_'))
    })
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" => "audio/ogg",
        "txt" | "ftl" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::is_hashed;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for name in
            ["trellis-7be4b0f0c0a1d2e3_bg.wasm", "app-0123456789abcdef.css", "worker-000000006b00c24f/loader.js"]
        {
            assert!(is_hashed(Path::new(name)), "{name}");
        }
        for name in ["index.html", "sw.js", "config.json", "start-up.js", "icon-192.png"] {
            assert!(!is_hashed(Path::new(name)), "{name}");
        }
    }
}
