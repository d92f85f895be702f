CREATE TABLE users (
    user_id {text} NOT NULL PRIMARY KEY,
    -- Null: there is no password that opens the account.
    password_hash {text},
    admin {bigint} NOT NULL,
    created_at {bigint} NOT NULL,
    deactivated_at {bigint}
);

-- Values are JSON; the name of a field is at most 255 bytes.
CREATE TABLE profile_fields (
    user_id {text} NOT NULL,
    name {text} NOT NULL,
    value {blob} NOT NULL,
    PRIMARY KEY (user_id, name)
);

CREATE TABLE devices (
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    -- UTF-8, but bytes: a name may hold what a text column refuses.
    display_name {blob},
    created_at {bigint} NOT NULL,
    last_seen_at {bigint},
    last_seen_ip {text},
    PRIMARY KEY (user_id, device_id)
);

-- The SHA-256 of each token that is valid; the token itself is nowhere.
CREATE TABLE access_tokens (
    token_hash {blob} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    created_at {bigint} NOT NULL
);
CREATE INDEX access_tokens_by_device ON access_tokens (user_id, device_id);

CREATE TABLE registration_tokens (
    token {text} NOT NULL PRIMARY KEY,
    -- Null: any number of times.
    uses_allowed {bigint},
    uses {bigint} NOT NULL,
    created_at {bigint} NOT NULL,
    expires_at {bigint}
);

-- User-interactive authentication that has begun.
CREATE TABLE uiaa_sessions (
    session {text} NOT NULL PRIMARY KEY,
    -- What is to be done once it is complete, and by whom.
    action {text} NOT NULL,
    user_id {text},
    -- Names of stages, separated by spaces.
    completed {text} NOT NULL,
    created_at {bigint} NOT NULL
);
CREATE INDEX uiaa_sessions_by_age ON uiaa_sessions (created_at);

CREATE TABLE filters (
    user_id {text} NOT NULL,
    filter_id {text} NOT NULL,
    definition {blob} NOT NULL,
    PRIMARY KEY (user_id, filter_id)
);

-- A row per user, room and type; the room of global account data is the empty text.
-- Push rules are account data of type m.push_rules.
CREATE TABLE account_data (
    user_id {text} NOT NULL,
    room_id {text} NOT NULL,
    type {text} NOT NULL,
    content {blob} NOT NULL,
    position {bigint} NOT NULL,
    writer {bigint} NOT NULL,
    PRIMARY KEY (user_id, room_id, type)
);
CREATE INDEX account_data_by_position ON account_data (user_id, position);

CREATE TABLE device_keys (
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    keys {blob} NOT NULL,
    PRIMARY KEY (user_id, device_id)
);

CREATE TABLE one_time_keys (
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    algorithm {text} NOT NULL,
    key_id {text} NOT NULL,
    key {blob} NOT NULL,
    created_at {bigint} NOT NULL,
    PRIMARY KEY (user_id, device_id, algorithm, key_id)
);

CREATE TABLE fallback_keys (
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    algorithm {text} NOT NULL,
    key_id {text} NOT NULL,
    key {blob} NOT NULL,
    used {bigint} NOT NULL,
    PRIMARY KEY (user_id, device_id, algorithm)
);

-- usage: master, self_signing or user_signing.
CREATE TABLE cross_signing_keys (
    user_id {text} NOT NULL,
    usage {text} NOT NULL,
    key {blob} NOT NULL,
    PRIMARY KEY (user_id, usage)
);

-- Signatures added by others, or by the owner's other keys, after the key was uploaded.
-- target: a device ID or the public part of a cross-signing key.
CREATE TABLE key_signatures (
    user_id {text} NOT NULL,
    target {text} NOT NULL,
    signer {text} NOT NULL,
    key_id {text} NOT NULL,
    signature {text} NOT NULL,
    PRIMARY KEY (user_id, target, signer, key_id)
);

-- Whose devices or keys changed, and when. Only the newest change of a user matters.
CREATE TABLE device_list_changes (
    user_id {text} NOT NULL PRIMARY KEY,
    position {bigint} NOT NULL,
    writer {bigint} NOT NULL
);
CREATE INDEX device_list_changes_by_position ON device_list_changes (position);

CREATE TABLE to_device_messages (
    position {bigint} NOT NULL PRIMARY KEY,
    writer {bigint} NOT NULL,
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    sender {text} NOT NULL,
    type {text} NOT NULL,
    content {blob} NOT NULL
);
CREATE INDEX to_device_messages_by_device ON to_device_messages (user_id, device_id, position);
