-- Whom to tell of what a user is notified of. One of the same app and key per user.
CREATE TABLE pushers (
    user_id {text} NOT NULL,
    app_id {text} NOT NULL,
    pushkey {text} NOT NULL,
    -- The device that set it, and that takes it with it.
    device_id {text} NOT NULL,
    -- As the client set it.
    pusher {blob} NOT NULL,
    updated_at {bigint} NOT NULL,
    -- Up to where it was told of events.
    position {bigint} NOT NULL,
    -- The number of unread messages it was told last.
    badge {bigint} NOT NULL,
    -- How often in a row it could not be reached, and when to try again.
    failures {bigint} NOT NULL,
    retry_at {bigint},
    -- The run of a process that tells it, and until when no other may.
    owner {bigint},
    owned_until {bigint} NOT NULL,
    PRIMARY KEY (user_id, app_id, pushkey)
);
CREATE INDEX pushers_by_key ON pushers (app_id, pushkey);
CREATE INDEX pushers_by_retry ON pushers (retry_at) WHERE retry_at IS NOT NULL;

-- What users who have pushers were notified of lately.
CREATE TABLE pushes (
    user_id {text} NOT NULL,
    position {bigint} NOT NULL,
    event_id {text} NOT NULL,
    actions {blob} NOT NULL,
    created_at {bigint} NOT NULL,
    PRIMARY KEY (user_id, position)
);
CREATE INDEX pushes_by_age ON pushes (created_at);
INSERT INTO follower_positions (name, position) SELECT 'pushes', COALESCE(MAX(position), 0) FROM events;
