-- What replicas tell each other about requests under way. A letter is opened by
-- whoever waits for it or has promised it, filled once, and taken once; what it
-- says is encrypted. A session's subscriptions lie where whichever replica holds
-- its stream finds them. Both are notes of what goes on, no configuration, and go
-- when they have expired.

-- +goose Up
CREATE TABLE letters (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT letters_org_id_fkey REFERENCES organizations (org_id),
  id         uuid        NOT NULL,
  ciphertext bytea       CONSTRAINT letters_ciphertext_check CHECK (octet_length(ciphertext) <= 16777216),
  filled_at  timestamptz,
  expires_at timestamptz NOT NULL,
  CONSTRAINT letters_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT letters_filled_at_check CHECK (ciphertext IS NULL OR filled_at IS NOT NULL)
);
COMMENT ON COLUMN letters.filled_at IS 'NULL: open; set without ciphertext: taken, or it only had to be filled once';
CREATE INDEX letters_org_id_expires_at_idx ON letters (org_id, expires_at);

CREATE TABLE subscriptions (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT subscriptions_org_id_fkey REFERENCES organizations (org_id),
  session    uuid        NOT NULL,
  person     uuid        NOT NULL,
  put_at     timestamptz NOT NULL,
  revision   bigint      NOT NULL,
  ciphertext bytea       NOT NULL CONSTRAINT subscriptions_ciphertext_check CHECK (octet_length(ciphertext) <= 262144),
  expires_at timestamptz NOT NULL,
  CONSTRAINT subscriptions_pkey PRIMARY KEY (org_id, session)
);
COMMENT ON TABLE subscriptions IS 'what an MCP session wants to hear of, and which of its streams hears it';
CREATE INDEX subscriptions_org_id_expires_at_idx ON subscriptions (org_id, expires_at);
CREATE INDEX subscriptions_org_id_person_idx ON subscriptions (org_id, person, put_at);

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['letters', 'subscriptions'] LOOP
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
