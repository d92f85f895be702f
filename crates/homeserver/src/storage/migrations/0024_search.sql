-- The words of messages (kind 1), names (2) and topics (3) of rooms, and how much of the text each is.
CREATE TABLE search_words (
    word {text} NOT NULL,
    room_id {text} NOT NULL,
    position {bigint} NOT NULL,
    kind {bigint} NOT NULL,
    weight {bigint} NOT NULL,
    PRIMARY KEY (word, room_id, position)
){clustered};
CREATE INDEX search_words_by_event ON search_words (position);
-- Everything there is will be looked at.
INSERT INTO follower_positions (name, position) VALUES ('search', 0);
