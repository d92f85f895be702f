-- What users are found by: their localpart and name, in lower case.
CREATE TABLE user_directory (
    user_id {text} NOT NULL PRIMARY KEY,
    words {text} NOT NULL
);
INSERT INTO user_directory (user_id, words) SELECT user_id, user_id FROM users WHERE deactivated_at IS NULL;
