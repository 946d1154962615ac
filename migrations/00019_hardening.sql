-- Who has left a group that nothing depends on any more: should something depend on it
-- again, a token that still names it does not bring it back.

-- +goose Up
ALTER TABLE memberships ADD COLUMN removed uuid[] NOT NULL DEFAULT '{}' CONSTRAINT memberships_removed_check CHECK (cardinality(removed) <= 1000);
COMMENT ON COLUMN memberships.removed IS 'groups that were not asked about the last time, and of which Graph had said before that the person is not a member';
