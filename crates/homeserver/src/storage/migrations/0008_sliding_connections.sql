-- What a client knows by its connection of sliding sync: a row for each answer after which that was
-- something else. The newest the client came back with is needed, and what was answered to it.
CREATE TABLE sliding_connections (
    number {identity},
    user_id {text} NOT NULL,
    device_id {text} NOT NULL,
    conn_id {text} NOT NULL,
    state {blob} NOT NULL,
    created_at {bigint} NOT NULL
);
CREATE INDEX sliding_connections_by_device ON sliding_connections (user_id, device_id, number);
