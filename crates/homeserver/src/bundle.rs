//! Serves the static client: precompressed files, caching, and the headers that keep a page from
//! doing what it was not built for.
//!
//! A file's path is put together from checked segments, so nothing outside the directory can be
//! named. Files are looked up at each request: a rebuilt client needs no restart.

mod file;
mod negotiation;

use std::path::{Path, PathBuf};

use axum::{
    extract::State,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};

use crate::service::Services;

/// The security headers of every file of the client, a line each. Other web servers are told to
/// send the same.
pub const HEADERS: &str = include_str!("bundle/headers.txt");

const WELCOME: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Trellis</title>\
    <h1>It works</h1><p>This is a Matrix homeserver. Point a Matrix client at it.</p></html>";

/// Answers whatever is no API request.
pub async fn serve(State(services): State<Services>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let mut response = if method == Method::GET || method == Method::HEAD {
        match &services.config.client_dir {
            Some(root) => find(root, &uri, &headers).await,
            None if uri.path() == "/" => Html(WELCOME).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    } else {
        (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response()
    };
    let security = HEADERS.lines().filter_map(|line| line.split_once(": "));
    for (name, value) in security {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The named file, the index for a navigation, or nothing.
async fn find(root: &Path, uri: &Uri, headers: &HeaderMap) -> Response {
    let named = match relative(uri.path()) {
        Some(path) => file::open(root, &path, headers).await,
        None => None,
    };
    if let Some(response) = named {
        return response;
    }
    let index =
        if is_navigation(uri, headers) { file::open(root, Path::new("index.html"), headers).await } else { None };
    index.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// The file a URL path names, or none where a segment could leave the directory.
fn relative(path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix('/')?;
    let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    // What a build writes needs no escapes: a percent sign is refused with everything unusual.
    let plain = |segment: &str| {
        let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '@');
        !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(usual)
    };
    path.split('/').all(plain).then(|| path.split('/').collect())
}

/// Whether a person is going to a page, as opposed to a page fetching a file that is missing.
fn is_navigation(uri: &Uri, headers: &HeaderMap) -> bool {
    let names_a_file = uri.path().rsplit('/').next().is_some_and(|last| last.contains('.'));
    let accepts_html = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    accepts_html && !names_a_file
}

#[cfg(test)]
mod tests {
    use super::{HEADERS, relative};

    #[test]
    fn a_path_cannot_leave_the_directory() {
        for path in ["/../secret", "/a/../../b", "/%2e%2e/x", "//etc/passwd", "/a\\..\\b", "/.env"] {
            assert_eq!(relative(path), None, "{path}");
        }
    }

    #[test]
    fn a_directory_is_its_index() {
        assert_eq!(relative("/").as_deref(), Some("index.html".as_ref()));
        assert_eq!(relative("/check/").as_deref(), Some("check/index.html".as_ref()));
    }

    #[test]
    fn every_security_header_is_valid() {
        for line in HEADERS.lines() {
            let (name, value) = line.split_once(": ").expect("a name and a value");
            name.parse::<http::HeaderName>().expect("a header name");
            value.parse::<http::HeaderValue>().expect("a header value");
        }
    }
}
