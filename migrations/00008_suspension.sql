-- Who has suspended an organization: only the same side ends it. It outlives a
-- deletion, so that deleting and restoring ends no suspension. '' is nobody, or
-- nobody remembered.

-- +goose Up
ALTER TABLE organizations ADD COLUMN suspended_by text NOT NULL DEFAULT ''
  CONSTRAINT organizations_suspended_by_check CHECK (suspended_by IN ('', 'owner', 'operator'));
ALTER TABLE organizations ADD CONSTRAINT organizations_suspended_by_state_check
  CHECK (suspended_by = '' OR 'suspended' IN (state, deleted_from));
