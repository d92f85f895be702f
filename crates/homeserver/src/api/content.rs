//! A user's file as an answer: typed, sandboxed, cacheable, and in parts where a part is asked for.

use std::io::SeekFrom;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ruma::http_headers::{ContentDisposition, ContentDispositionType};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::{
    MatrixError, Result,
    service::media::{Content, Description, safety},
};

const UNKNOWN_TYPE: &str = "application/octet-stream";
/// What an ID stands for never changes, but only those who may see it may keep it.
const CACHE: &str = "private, max-age=31536000, immutable";
/// Enough to keep a connection busy, little enough to hold for each of many.
const CHUNK: usize = 64 * 1024;

/// Refuses an upload that says itself that it is too large, before it is sent.
pub(super) fn check_length(headers: &HeaderMap, limit: u64) -> Result<()> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(length) if length > limit => Err(MatrixError::too_large(format!("the file is larger than {limit} bytes"))),
        _ => Ok(()),
    }
}

/// Answers a request of these headers with a file.
pub(super) async fn answer(content: Content, request: &HeaderMap) -> Result<Response> {
    let tag = format!("\"{}\"", content.tag);
    let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        // A part of a file that is not the one the rest is of would fit nothing.
        let other = request.get(header::IF_RANGE).is_some_and(|condition| condition.as_bytes() != tag.as_bytes());
        let range = if other { Range::All } else { range(request, content.size) };
        let mut response = body(content.file, content.size, range).await?;
        describe(response.headers_mut(), &content.description);
        response
    };
    let fixed = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, CACHE),
        (header::CONTENT_SECURITY_POLICY, safety::CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_str(value).map_err(MatrixError::internal)?);
    }
    Ok(response)
}

fn describe(headers: &mut HeaderMap, description: &Description) {
    let kind = description.content_type.as_deref().unwrap_or(UNKNOWN_TYPE);
    let disposition =
        if safety::is_inline(kind) { ContentDispositionType::Inline } else { ContentDispositionType::Attachment };
    let disposition = ContentDisposition::new(disposition).with_filename(description.file_name.clone());
    let kind = HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static(UNKNOWN_TYPE));
    headers.insert(header::CONTENT_TYPE, kind);
    let disposition = HeaderValue::from_str(&disposition.to_string());
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
}

/// Which bytes are asked for.
#[derive(Debug, PartialEq, Eq)]
enum Range {
    All,
    /// From the first to the last, both included.
    Part(u64, u64),
    Impossible,
}

/// Reads the one range that players and resumed downloads ask for; anything else is the whole file.
fn range(headers: &HeaderMap, size: u64) -> Range {
    let Some(spec) = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok()?.strip_prefix("bytes="))
        .filter(|spec| !spec.contains(','))
    else {
        return Range::All;
    };
    let part = match spec.split_once('-') {
        Some(("", length)) => length.parse().ok().map(|length: u64| (size.saturating_sub(length), size)),
        Some((first, "")) => first.parse().ok().map(|first| (first, size)),
        Some((first, last)) => {
            let last = last.parse::<u64>().ok().map(|last| last.saturating_add(1));
            first.parse().ok().zip(last)
        }
        None => None,
    };
    match part {
        None => Range::All,
        Some((first, end)) if first < end.min(size) => Range::Part(first, end.min(size) - 1),
        Some(_) => Range::Impossible,
    }
}

async fn body(mut file: tokio::fs::File, size: u64, range: Range) -> Result<Response> {
    let (first, length) = match range {
        Range::All => (0, size),
        Range::Part(first, last) => (first, last - first + 1),
        Range::Impossible => {
            let headers = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    if first > 0 {
        file.seek(SeekFrom::Start(first)).await.map_err(MatrixError::internal)?;
    }
    let stream = ReaderStream::with_capacity(file.take(length), CHUNK);
    let mut response = Body::from_stream(stream).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Range::Part(first, last) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let value = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}")).map_err(MatrixError::internal)?;
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{Range, range};

    fn asked(value: &'static str) -> Range {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(value));
        range(&headers, 100)
    }

    #[test]
    fn one_range_is_understood() {
        assert_eq!(asked("bytes=0-9"), Range::Part(0, 9));
        assert_eq!(asked("bytes=90-"), Range::Part(90, 99));
        assert_eq!(asked("bytes=-10"), Range::Part(90, 99));
        assert_eq!(asked("bytes=50-5000"), Range::Part(50, 99));
        assert_eq!(asked("bytes=100-"), Range::Impossible);
        assert_eq!(asked("bytes=9-0"), Range::Impossible);
    }

    #[test]
    fn what_is_not_one_range_is_the_whole_file() {
        assert_eq!(asked("bytes=0-1,5-6"), Range::All);
        assert_eq!(asked("lines=0-1"), Range::All);
        assert_eq!(asked("bytes=0-18446744073709551615"), Range::Part(0, 99));
    }
}
