-- What the worker needs to ask about people as the app: whether an organization wants
-- that, where it has read on in what has changed, since when it knows that somebody's
-- sessions count, and whose loss it doubts.
--
-- The links of Microsoft Graph lead to the changes of a whole directory and lie
-- encrypted under the organization's key.

-- +goose Up
ALTER TABLE organizations
  ADD COLUMN background text NOT NULL DEFAULT 'delegated' CONSTRAINT organizations_background_check CHECK (background IN ('', 'delegated', 'application'));

ALTER TABLE memberships
  ADD COLUMN valid_from timestamptz,
  ADD COLUMN doubted_at timestamptz;
COMMENT ON COLUMN memberships.valid_from IS 'since when the person''s sessions count, as far as that has had its effect; NULL: not known';
COMMENT ON COLUMN memberships.doubted_at IS 'when an answer first took everything from the person; NULL: the last one did not';

CREATE TABLE directory_follows (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT directory_follows_org_id_fkey REFERENCES organizations (org_id),
  ciphertext bytea       NOT NULL CONSTRAINT directory_follows_ciphertext_check CHECK (octet_length(ciphertext) BETWEEN 1 AND 4194304),
  CONSTRAINT directory_follows_pkey PRIMARY KEY (org_id)
);
COMMENT ON TABLE directory_follows IS 'where to read on in the changes of an organization''s directory, encrypted under its key';

ALTER TABLE directory_follows ENABLE ROW LEVEL SECURITY;
ALTER TABLE directory_follows FORCE ROW LEVEL SECURITY;
CREATE POLICY directory_follows_own ON directory_follows TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON directory_follows TO gatehouse_api;
