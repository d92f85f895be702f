-- How far each stream has come, for the engine without sequences.
CREATE TABLE streams (
    name {text} NOT NULL PRIMARY KEY,
    position {bigint} NOT NULL
);

-- Each run of a process that writes; rows of streams carry its number.
CREATE TABLE writers (
    writer {identity},
    started_at {bigint} NOT NULL
);

-- Requests that were done, so that a client may repeat one without doing it twice.
CREATE TABLE transactions (
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    path {text} NOT NULL,
    response {blob} NOT NULL,
    created_at {bigint} NOT NULL,
    PRIMARY KEY (user_id, device_id, path)
);
CREATE INDEX transactions_by_age ON transactions (created_at);
