-- The versions of users' key backups; one that was deleted stays known, so that its number is not
-- given to another.
CREATE TABLE key_backups (
    user_id {text} NOT NULL,
    version {bigint} NOT NULL,
    algorithm {text} NOT NULL,
    auth_data {blob} NOT NULL,
    -- Counts the changes of its keys.
    etag {bigint} NOT NULL,
    deleted {bigint} NOT NULL,
    PRIMARY KEY (user_id, version)
);

CREATE TABLE key_backup_sessions (
    user_id {text} NOT NULL,
    version {bigint} NOT NULL,
    room_id {text} NOT NULL,
    session_id {text} NOT NULL,
    first_message_index {bigint} NOT NULL,
    forwarded_count {bigint} NOT NULL,
    is_verified {bigint} NOT NULL,
    -- The key as it was uploaded.
    data {blob} NOT NULL,
    PRIMARY KEY (user_id, version, room_id, session_id)
);

-- A device of a user that nobody is logged in to, and that collects keys until one takes it over.
CREATE TABLE dehydrated_devices (
    user_id {text} NOT NULL PRIMARY KEY,
    device_id {text} NOT NULL,
    data {blob} NOT NULL
);
