//! What a browser may do with a file a stranger uploaded, see [serving inline content].
//!
//! [serving inline content]: https://spec.matrix.org/v1.18/client-server-api/#serving-inline-content

/// Types that a browser shows without running anything in them.
const INLINE: &[&str] = &[
    "text/css",
    "text/plain",
    "text/csv",
    "application/json",
    "application/ld+json",
    "image/jpeg",
    "image/gif",
    "image/png",
    "image/apng",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
    "audio/mp4",
    "audio/webm",
    "audio/aac",
    "audio/mpeg",
    "audio/ogg",
    "audio/wave",
    "audio/wav",
    "audio/x-wav",
    "audio/x-pn-wav",
    "audio/flac",
    "audio/x-flac",
];

/// Types we make thumbnails of.
const PICTURES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];

/// What a page made of an uploaded file may do: nothing.
pub const CONTENT_SECURITY_POLICY: &str = "sandbox; default-src 'none'; script-src 'none'; \
    plugin-types application/pdf; style-src 'unsafe-inline'; media-src 'self'; object-src 'self'";

/// Whether a browser may show the type, rather than save it.
pub fn is_inline(content_type: &str) -> bool {
    INLINE.contains(&essence(content_type).as_str())
}

/// Whether we make thumbnails of the type.
pub fn is_picture(content_type: &str) -> bool {
    PICTURES.contains(&essence(content_type).as_str())
}

/// Whether a claimed type can be given back as a header at all.
pub fn is_header_value(content_type: &str) -> bool {
    content_type.len() <= 255 && content_type.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// The type without its parameters.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::is_inline;

    #[test]
    fn what_could_run_is_never_shown_inline() {
        for kind in ["text/html", "image/svg+xml", "application/xhtml+xml", "application/pdf", ""] {
            assert!(!is_inline(kind), "{kind}");
        }
    }

    #[test]
    fn parameters_and_case_do_not_matter() {
        assert!(is_inline("Text/Plain; charset=utf-8"));
    }
}
