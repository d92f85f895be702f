-- When each was last asked for, a day more or less.
ALTER TABLE media ADD COLUMN accessed_at {bigint};

-- Content that nobody gets any more, under whatever ID.
CREATE TABLE media_quarantine (
    sha256 {text} NOT NULL PRIMARY KEY,
    created_at {bigint} NOT NULL
);

-- Content that lost its last ID, and whose files are to go.
CREATE TABLE media_orphans (
    sha256 {text} NOT NULL PRIMARY KEY
);
