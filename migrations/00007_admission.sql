-- What whoever runs the platform has decided about Entra tenants that are no
-- organization yet: invitations, and slugs that are no label of a verified domain.
-- There is no organization whose rows these could be; each names the operator who
-- decided it. An invitation is taken with its code, which is shown once and found
-- by its SHA-256.

-- +goose Up
CREATE TABLE invitations (
  id           uuid        NOT NULL CONSTRAINT invitations_pkey PRIMARY KEY,
  code         bytea       NOT NULL CONSTRAINT invitations_code_key UNIQUE
                           CONSTRAINT invitations_code_check CHECK (octet_length(code) = 32),
  operator_tid uuid        NOT NULL,
  operator_oid uuid        NOT NULL,
  operator     text        NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  taken_by     uuid,
  taken_at     timestamptz,
  CONSTRAINT invitations_taken_at_check CHECK ((taken_by IS NULL) = (taken_at IS NULL))
);
COMMENT ON COLUMN invitations.code IS 'SHA-256 of the code';
COMMENT ON COLUMN invitations.taken_by IS 'the Entra tenant that used it, which may use it again; NULL: nobody yet';
CREATE INDEX invitations_expires_at_idx ON invitations (expires_at);

CREATE TABLE approved_slugs (
  slug         text        NOT NULL CONSTRAINT approved_slugs_pkey PRIMARY KEY
                           CONSTRAINT approved_slugs_slug_check CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$'),
  entra_tid    uuid        NOT NULL,
  operator_tid uuid        NOT NULL,
  operator_oid uuid        NOT NULL,
  operator     text        NOT NULL,
  approved_at  timestamptz NOT NULL
);
COMMENT ON TABLE approved_slugs IS 'the Entra tenant that may take a slug besides those of its domains';
CREATE INDEX approved_slugs_entra_tid_idx ON approved_slugs (entra_tid);

GRANT SELECT, INSERT, UPDATE, DELETE ON invitations, approved_slugs TO gatehouse_api;
