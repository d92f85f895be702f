-- What is left of walks through spaces, by the token that goes on with them.
CREATE TABLE hierarchy_walks (
    token {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL,
    room_id {text} NOT NULL,
    walk {blob} NOT NULL,
    created_at {bigint} NOT NULL
);
CREATE INDEX hierarchy_walks_by_age ON hierarchy_walks (created_at);

-- What users told the administrator: of an event, a room or a user.
CREATE TABLE reports (
    report {identity},
    reporter {text} NOT NULL,
    room_id {text},
    event_id {text},
    user_id {text},
    -- UTF-8, but bytes: it may hold what a text column refuses.
    reason {blob} NOT NULL,
    created_at {bigint} NOT NULL
);

-- Rooms that everyone has forgotten and that are to be removed, or are being so.
CREATE TABLE room_purges (
    room_id {text} NOT NULL PRIMARY KEY,
    requested_at {bigint} NOT NULL
);
CREATE INDEX state_groups_by_room ON state_groups (room_id);

-- Rooms that keep their messages for a time only.
CREATE INDEX rooms_with_retention ON current_state (room_id) WHERE type = 'm.room.retention';
