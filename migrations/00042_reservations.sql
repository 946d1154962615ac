-- A reservation lasts as long as whoever makes it says: what may only be done once, such
-- as a call of a tool, is taken over by nobody as long as its key is known.

-- +goose Up
ALTER TABLE idempotency_keys RENAME COLUMN reserved_at TO reserved_until;
COMMENT ON COLUMN idempotency_keys.reserved_until IS 'when the next request of the same content takes over';
