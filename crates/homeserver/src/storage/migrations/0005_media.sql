-- Media IDs. The content lies in files named by their SHA-256.
CREATE TABLE media (
    media_id {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL,
    created_at {bigint} NOT NULL,
    -- Null, with all that follows, while the content is awaited.
    uploaded_at {bigint},
    sha256 {text},
    size {bigint},
    content_type {text},
    -- UTF-8, but bytes: a name may hold what a text column refuses.
    file_name {blob}
);
CREATE INDEX media_by_user ON media (user_id, created_at);
CREATE INDEX media_by_content ON media (sha256);
