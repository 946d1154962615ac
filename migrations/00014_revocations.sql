-- Who cut off whom, and why: administrators are shown what is in force, and the log
-- alone would make them search for it. Rows from before say when they began at most.

-- +goose Up
ALTER TABLE revocations
  ADD COLUMN made_at  timestamptz,
  ADD COLUMN made_by  uuid,
  ADD COLUMN by_kind  text NOT NULL DEFAULT '' CONSTRAINT revocations_by_kind_check CHECK (by_kind IN ('', 'user', 'guest', 'app', 'agent', 'system')),
  ADD COLUMN by_name  text NOT NULL DEFAULT '',
  ADD COLUMN why      text NOT NULL DEFAULT '' CONSTRAINT revocations_why_check CHECK (octet_length(why) <= 2000);
UPDATE revocations SET made_at = not_before;
ALTER TABLE revocations ALTER COLUMN made_at SET NOT NULL, ALTER COLUMN made_at SET DEFAULT now();
COMMENT ON COLUMN revocations.made_by IS 'object id of who did; NULL: a job of ours, or not kept';
COMMENT ON COLUMN revocations.why IS 'as they said it; empty: it follows from what was done';
