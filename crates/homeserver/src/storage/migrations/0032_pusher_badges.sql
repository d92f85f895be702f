-- A badge that could not be told is told again at a time of its own, so that no event waits for it.
ALTER TABLE pushers ADD COLUMN badge_failures {bigint} NOT NULL DEFAULT 0;
ALTER TABLE pushers ADD COLUMN badge_retry_at {bigint};
CREATE INDEX pushers_by_badge_retry ON pushers (badge_retry_at) WHERE badge_retry_at IS NOT NULL;
