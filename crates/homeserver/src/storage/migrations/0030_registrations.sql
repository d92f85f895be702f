-- What was asked for with the first request of a registration: its later ones may leave it out.
ALTER TABLE uiaa_sessions ADD COLUMN remembered {blob};
