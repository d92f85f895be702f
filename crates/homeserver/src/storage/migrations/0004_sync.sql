-- The newest receipt of each user, type and thread; the thread is empty for an unthreaded receipt,
-- `main`, or the event ID of the thread's root.
CREATE TABLE receipts (
    room_id {text} NOT NULL,
    user_id {text} NOT NULL,
    receipt_type {text} NOT NULL,
    thread {text} NOT NULL,
    event_id {text} NOT NULL,
    event_position {bigint} NOT NULL,
    ts {bigint} NOT NULL,
    position {bigint} NOT NULL,
    writer {bigint} NOT NULL,
    PRIMARY KEY (room_id, user_id, receipt_type, thread)
);
CREATE INDEX receipts_by_position ON receipts (position);
CREATE INDEX receipts_by_room ON receipts (room_id, position);

-- What a user has not read and was notified of: rows go when they are read. The thread is `main` or
-- the event ID of the thread's root; the position is that of the event.
CREATE TABLE notifications (
    user_id {text} NOT NULL,
    room_id {text} NOT NULL,
    position {bigint} NOT NULL,
    thread {text} NOT NULL,
    highlight {bigint} NOT NULL,
    PRIMARY KEY (user_id, room_id, position)
);
CREATE INDEX notifications_by_event ON notifications (room_id, position);

-- To learn whose push rules and ignored users have changed.
CREATE INDEX account_data_by_stream ON account_data (position);
