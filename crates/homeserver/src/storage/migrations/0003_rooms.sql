-- The keys this homeserver signs with; the newest is used.
CREATE TABLE server_keys (
    key_id {text} NOT NULL PRIMARY KEY,
    document {blob} NOT NULL,
    created_at {bigint} NOT NULL
);

CREATE TABLE rooms (
    room_id {text} NOT NULL PRIMARY KEY,
    version {text} NOT NULL,
    creator {text} NOT NULL,
    -- The events nothing follows yet, as a JSON list: whoever appends names those it builds on.
    extremities {blob} NOT NULL,
    depth {bigint} NOT NULL,
    state_group {bigint} NOT NULL,
    joined {bigint} NOT NULL,
    invited {bigint} NOT NULL,
    published {bigint} NOT NULL
);
CREATE INDEX rooms_published ON rooms (joined, room_id) WHERE published = 1;

CREATE TABLE events (
    position {bigint} NOT NULL PRIMARY KEY,
    event_id {text} NOT NULL UNIQUE,
    room_id {text} NOT NULL,
    type {text} NOT NULL,
    state_key {text},
    sender {text} NOT NULL,
    depth {bigint} NOT NULL,
    origin_server_ts {bigint} NOT NULL,
    -- Absent before the room was created.
    state_before {bigint},
    state_after {bigint} NOT NULL,
    -- The state event this one took the place of.
    replaces {text},
    relates_to {text},
    rel_type {text},
    redacted_by {text},
    -- The device that sent it here, and under which transaction ID.
    device_id {text},
    txn_id {text},
    writer {bigint} NOT NULL,
    -- The PDU, redacted once it was redacted.
    json {blob} NOT NULL
);
CREATE INDEX events_by_room ON events (room_id, position);
CREATE INDEX events_by_relation ON events (relates_to, rel_type, position) WHERE relates_to IS NOT NULL;

-- A state group is the state of a room after an event: what it changes of its base, which may have a
-- base in turn. Its position in the chain decides how far back the base lies.
CREATE TABLE state_groups (
    state_group {identity},
    room_id {text} NOT NULL,
    base {bigint},
    position {bigint} NOT NULL,
    -- How many events and other groups stand on it.
    refs {bigint} NOT NULL
);

CREATE TABLE state_group_entries (
    state_group {bigint} NOT NULL,
    type {text} NOT NULL,
    state_key {text} NOT NULL,
    event_id {text} NOT NULL,
    PRIMARY KEY (state_group, type, state_key)
);

CREATE TABLE current_state (
    room_id {text} NOT NULL,
    type {text} NOT NULL,
    state_key {text} NOT NULL,
    event_id {text} NOT NULL,
    position {bigint} NOT NULL,
    PRIMARY KEY (room_id, type, state_key)
);

-- Every change of the current state, in the stream of events.
CREATE TABLE state_changes (
    room_id {text} NOT NULL,
    type {text} NOT NULL,
    state_key {text} NOT NULL,
    position {bigint} NOT NULL,
    event_id {text} NOT NULL,
    writer {bigint} NOT NULL,
    PRIMARY KEY (room_id, type, state_key, position)
);
CREATE INDEX state_changes_by_position ON state_changes (room_id, position);

CREATE TABLE memberships (
    room_id {text} NOT NULL,
    user_id {text} NOT NULL,
    membership {text} NOT NULL,
    event_id {text} NOT NULL,
    sender {text} NOT NULL,
    position {bigint} NOT NULL,
    forgotten {bigint} NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id, membership);

-- Every change of a membership, in the stream of events.
CREATE TABLE membership_changes (
    user_id {text} NOT NULL,
    position {bigint} NOT NULL,
    room_id {text} NOT NULL,
    membership {text} NOT NULL,
    previous {text},
    event_id {text} NOT NULL,
    writer {bigint} NOT NULL,
    PRIMARY KEY (user_id, position)
);
CREATE INDEX membership_changes_by_room ON membership_changes (room_id, user_id, position);

CREATE TABLE room_aliases (
    alias {text} NOT NULL PRIMARY KEY,
    room_id {text} NOT NULL,
    creator {text} NOT NULL,
    created_at {bigint} NOT NULL
);
CREATE INDEX room_aliases_by_room ON room_aliases (room_id);
