-- What is said of an event, whatever the relation, and what one user says of it.
CREATE INDEX events_by_parent ON events (relates_to, position) WHERE relates_to IS NOT NULL;
CREATE INDEX events_by_parent_and_sender ON events (relates_to, rel_type, sender, position) WHERE relates_to IS NOT NULL;

-- Which event of a room was sent at a time.
CREATE INDEX events_by_time ON events (room_id, origin_server_ts, position);

-- The threads of each room, by their newest event.
CREATE TABLE threads (
    root {text} NOT NULL PRIMARY KEY,
    room_id {text} NOT NULL,
    latest {bigint} NOT NULL
);
CREATE INDEX threads_by_room ON threads (room_id, latest);

-- How much each user says in a thread, and where last: a thread is summed up for whoever ignores some
-- of them without reading its events.
CREATE TABLE thread_senders (
    root {text} NOT NULL,
    sender {text} NOT NULL,
    events {bigint} NOT NULL,
    latest {bigint} NOT NULL,
    PRIMARY KEY (root, sender)
);

INSERT INTO thread_senders (root, sender, events, latest)
    SELECT child.relates_to, child.sender, COUNT(*), MAX(child.position)
    FROM events child JOIN events root ON root.event_id = child.relates_to AND root.room_id = child.room_id
    WHERE child.rel_type = 'm.thread' AND root.rel_type IS NULL
    GROUP BY child.relates_to, child.sender;
INSERT INTO threads (root, room_id, latest)
    SELECT root.event_id, root.room_id, MAX(sender.latest)
    FROM thread_senders sender JOIN events root ON root.event_id = sender.root
    GROUP BY root.event_id, root.room_id;
