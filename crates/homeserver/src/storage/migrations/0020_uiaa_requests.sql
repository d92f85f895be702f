-- SHA-256 of the request a session is for, where it is for no other.
ALTER TABLE uiaa_sessions ADD COLUMN request {blob};
