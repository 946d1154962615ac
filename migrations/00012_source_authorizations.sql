-- What people have let Gatehouse do for them at sources that want each person to
-- sign in, and who Gatehouse is at the authorization servers of those sources.
--
-- Both belong to a credential of a source: whatever drops that, because the source
-- is removed or its secrets would be sent elsewhere, drops them. What is kept of a
-- sign-in is encrypted under the organization's key for the row's id. A replica
-- that renews it says so first, because its refresh token may be good once.

-- +goose Up
CREATE TABLE source_clients (
  org_id        uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  credential_id uuid        NOT NULL,
  ciphertext    bytea       NOT NULL CONSTRAINT source_clients_ciphertext_check CHECK (octet_length(ciphertext) BETWEEN 1 AND 65536),
  made_at       timestamptz NOT NULL,
  CONSTRAINT source_clients_pkey PRIMARY KEY (org_id, credential_id),
  CONSTRAINT source_clients_org_id_credential_id_fkey FOREIGN KEY (org_id, credential_id) REFERENCES source_secrets (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE source_clients IS 'how Gatehouse has registered at the authorization server of a source, encrypted';

CREATE TABLE source_authorizations (
  org_id        uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  id            uuid        NOT NULL,
  person        uuid        NOT NULL,
  person_name   text        NOT NULL,
  username      text        NOT NULL,
  source_id     uuid        NOT NULL,
  credential_id uuid        NOT NULL,
  issuer        text        NOT NULL CONSTRAINT source_authorizations_issuer_check CHECK (octet_length(issuer) BETWEEN 1 AND 2000),
  scopes        text[]      NOT NULL,
  kept          bytea       NOT NULL CONSTRAINT source_authorizations_kept_check CHECK (octet_length(kept) BETWEEN 1 AND 131072),
  generation    integer     NOT NULL CONSTRAINT source_authorizations_generation_check CHECK (generation >= 1),
  renewing      timestamptz,
  made_at       timestamptz NOT NULL,
  renewed_at    timestamptz NOT NULL,
  CONSTRAINT source_authorizations_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT source_authorizations_org_id_person_credential_id_key UNIQUE (org_id, person, credential_id),
  CONSTRAINT source_authorizations_org_id_source_id_fkey FOREIGN KEY (org_id, source_id) REFERENCES sources (org_id, id) ON DELETE CASCADE,
  CONSTRAINT source_authorizations_org_id_credential_id_fkey FOREIGN KEY (org_id, credential_id) REFERENCES source_secrets (org_id, id) ON DELETE CASCADE
);
CREATE INDEX source_authorizations_org_id_made_at_idx ON source_authorizations (org_id, made_at, id);
CREATE INDEX source_authorizations_org_id_credential_id_idx ON source_authorizations (org_id, credential_id);
CREATE INDEX source_authorizations_org_id_source_id_idx ON source_authorizations (org_id, source_id);
COMMENT ON COLUMN source_authorizations.kept IS 'tokens and what renewing them takes, encrypted under the organization''s key';
COMMENT ON COLUMN source_authorizations.generation IS 'of kept';
COMMENT ON COLUMN source_authorizations.renewing IS 'until when somebody renews it; NULL: nobody does';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['source_clients', 'source_authorizations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %I ON %I TO gatehouse_api
                      USING      (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)
                      WITH CHECK (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)', name || '_own', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO gatehouse_api', name);
  END LOOP;
END
$$;
-- +goose StatementEnd
