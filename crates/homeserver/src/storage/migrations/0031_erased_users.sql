-- Users who closed their account and wanted what they said erased, and up to where others had seen it.
CREATE TABLE erased_users (
    user_id {text} NOT NULL PRIMARY KEY,
    position {bigint} NOT NULL
);
