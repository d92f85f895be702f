//! Which of a file's stored encodings a client takes.

use http::{HeaderMap, header};

/// A stored encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    /// The token of `Content-Encoding`.
    pub(super) token: &'static str,
    /// What is appended to the file's name.
    pub(super) suffix: &'static str,
}

/// From the smallest to the largest.
const ENCODINGS: [Encoding; 2] = [Encoding { token: "br", suffix: ".br" }, Encoding { token: "gzip", suffix: ".gz" }];

/// The encodings worth looking for, best first.
pub(super) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Encoding> {
    let accept = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    ENCODINGS.into_iter().filter(move |encoding| takes(accept.unwrap_or_default(), encoding.token))
}

fn takes(accept: &str, token: &str) -> bool {
    accept.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(token));
        let refused =
            parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::accepted;

    fn tokens(accept: &'static str) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accept));
        accepted(&headers).map(|encoding| encoding.token).collect()
    }

    #[test]
    fn brotli_is_preferred() {
        assert_eq!(tokens("gzip, deflate, br"), ["br", "gzip"]);
    }

    #[test]
    fn a_refused_encoding_is_not_used() {
        assert_eq!(tokens("br;q=0, gzip;q=0.5"), ["gzip"]);
    }
}
