-- How far work that follows a stream after the fact has come.
CREATE TABLE follower_positions (
    name {text} NOT NULL PRIMARY KEY,
    position {bigint} NOT NULL
);
INSERT INTO follower_positions (name, position) SELECT 'notable', COALESCE(MAX(position), 0) FROM events;

-- What an event means to most members of its room; nothing is said of events that mean nothing.
-- The thread is `main` or the event ID of the thread's root.
CREATE TABLE notable_events (
    position {bigint} NOT NULL PRIMARY KEY,
    room_id {text} NOT NULL,
    thread {text} NOT NULL,
    notify {bigint} NOT NULL,
    highlight {bigint} NOT NULL
);
CREATE INDEX notable_events_by_thread ON notable_events (room_id, thread, position, notify, highlight);

-- The newest of them in each thread.
CREATE TABLE notable_threads (
    room_id {text} NOT NULL,
    thread {text} NOT NULL,
    position {bigint} NOT NULL,
    PRIMARY KEY (room_id, thread)
);
CREATE INDEX notable_threads_by_position ON notable_threads (room_id, position);

-- Those to whom an event means something else: what to add to, or to take from, what it means to most.
CREATE TABLE notable_exceptions (
    user_id {text} NOT NULL,
    room_id {text} NOT NULL,
    position {bigint} NOT NULL,
    thread {text} NOT NULL,
    notify {bigint} NOT NULL,
    highlight {bigint} NOT NULL,
    PRIMARY KEY (user_id, room_id, position)
);
CREATE INDEX notable_exceptions_by_event ON notable_exceptions (room_id, position);
INSERT INTO notable_exceptions (user_id, room_id, position, thread, notify, highlight)
    SELECT user_id, room_id, position, thread, 1, highlight FROM notifications;
DROP TABLE notifications;

-- Up to where a user has read: the whole room where the thread is empty, else a thread of it. Their
-- receipts say so, and their own words and joining.
CREATE TABLE read_up_to (
    user_id {text} NOT NULL,
    room_id {text} NOT NULL,
    thread {text} NOT NULL,
    position {bigint} NOT NULL,
    PRIMARY KEY (user_id, room_id, thread)
);
INSERT INTO read_up_to (user_id, room_id, thread, position)
    SELECT user_id, room_id, thread, MAX(event_position) FROM receipts GROUP BY user_id, room_id, thread;
