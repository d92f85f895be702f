-- Accounts without a password that may do little.
ALTER TABLE users ADD COLUMN guest {bigint} NOT NULL DEFAULT 0;

-- Null: for as long as the device is logged in.
ALTER TABLE access_tokens ADD COLUMN expires_at {bigint};
-- The refresh token it was given for, which ends once this one is used.
ALTER TABLE access_tokens ADD COLUMN retires {blob};

CREATE TABLE refresh_tokens (
    token_hash {blob} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    retires {blob}
);
CREATE INDEX refresh_tokens_by_device ON refresh_tokens (user_id, device_id);

-- Tokens for one purpose and a short time: to log in another device, to prove who one is elsewhere.
CREATE TABLE user_tokens (
    token_hash {blob} NOT NULL PRIMARY KEY,
    purpose {text} NOT NULL,
    user_id {text} NOT NULL,
    expires_at {bigint} NOT NULL
);
CREATE INDEX user_tokens_by_expiry ON user_tokens (expires_at);
