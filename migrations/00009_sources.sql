-- Servers behind us: which ones an organization has, what of theirs it has
-- approved, what they offer now, and the sessions that are held with them.
--
-- An approval keeps the text that was approved, so that it can go on being
-- served while the source already says something else. The text is that of the
-- offer with the approved hash; until such an offer has been seen there is none,
-- and nothing is served. Texts are bytea: they come from somebody else, and no
-- byte of them may be refused or changed by a type of the database.

-- +goose Up
CREATE TABLE source_secrets (
  org_id     uuid  NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                   CONSTRAINT source_secrets_org_id_fkey REFERENCES organizations (org_id),
  id         uuid  NOT NULL,
  ciphertext bytea NOT NULL CONSTRAINT source_secrets_ciphertext_check CHECK (octet_length(ciphertext) BETWEEN 1 AND 16384),
  CONSTRAINT source_secrets_pkey PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE source_secrets IS 'what is secret of the sources'' credentials, encrypted under the organization''s key';

CREATE TABLE sources (
  org_id               uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                               CONSTRAINT sources_org_id_fkey REFERENCES organizations (org_id),
  id                   uuid    NOT NULL,
  name                 text    NOT NULL CONSTRAINT sources_name_check CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  title                text    NOT NULL,
  url                  text    NOT NULL,
  naming               text    NOT NULL CONSTRAINT sources_naming_check CHECK (naming IN ('prefixed', 'bare')),
  review               text    NOT NULL CONSTRAINT sources_review_check CHECK (review IN ('hold', 'allow_all', 'allow_read_only')),
  trusted              boolean NOT NULL,
  enabled              boolean NOT NULL,
  timeout              bigint  NOT NULL CONSTRAINT sources_timeout_check CHECK (timeout BETWEEN 1000000000 AND 300000000000),
  concurrent           integer NOT NULL CONSTRAINT sources_concurrent_check CHECK (concurrent BETWEEN 1 AND 100),
  credential_kind      text    NOT NULL CONSTRAINT sources_credential_kind_check CHECK (credential_kind IN ('none', 'header', 'on_behalf_of', 'client_credentials', 'user_authorization')),
  credential_id        uuid,
  credential_header    text    NOT NULL DEFAULT '',
  credential_scopes    text[]  NOT NULL DEFAULT '{}',
  credential_token_url text    NOT NULL DEFAULT '',
  credential_client_id text    NOT NULL DEFAULT '',
  CONSTRAINT sources_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT sources_org_id_name_key UNIQUE (org_id, name) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT sources_org_id_credential_id_key UNIQUE (org_id, credential_id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT sources_credential_id_check CHECK ((credential_kind IN ('header', 'client_credentials', 'user_authorization')) = (credential_id IS NOT NULL)),
  CONSTRAINT sources_review_trusted_check CHECK (review <> 'allow_read_only' OR trusted),
  CONSTRAINT sources_org_id_credential_id_fkey FOREIGN KEY (org_id, credential_id) REFERENCES source_secrets (org_id, id) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON COLUMN sources.timeout IS 'nanoseconds';

CREATE TABLE approvals (
  org_id          uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  source_id       uuid        NOT NULL,
  kind            text        NOT NULL CONSTRAINT approvals_kind_check CHECK (kind IN ('tool', 'prompt', 'resource', 'resource_template', 'instructions')),
  name            text        NOT NULL CONSTRAINT approvals_name_check CHECK (octet_length(name) BETWEEN 1 AND 2000),
  hash            bytea       NOT NULL CONSTRAINT approvals_hash_check CHECK (octet_length(hash) = 32),
  effect          text        NOT NULL CONSTRAINT approvals_effect_check
                              CHECK ((kind = 'tool') = (effect IN ('read', 'write', 'destructive')) AND (kind = 'tool' OR effect = '')),
  automatic       boolean     NOT NULL,
  at              timestamptz NOT NULL,
  first_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  definition      bytea       CONSTRAINT approvals_definition_check CHECK (octet_length(definition) <= 262144),
  definition_hash bytea       CONSTRAINT approvals_definition_hash_check CHECK ((definition_hash IS NULL) = (definition IS NULL)),
  CONSTRAINT approvals_pkey PRIMARY KEY (org_id, source_id, kind, name),
  CONSTRAINT approvals_org_id_source_id_fkey FOREIGN KEY (org_id, source_id) REFERENCES sources (org_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN approvals.automatic IS 'the policy of the source decided';
COMMENT ON COLUMN approvals.first_at IS 'since when something of this name has been approved: of two that are served under one name the first keeps it';
COMMENT ON COLUMN approvals.definition IS 'what was approved; NULL: it has not been seen yet';
COMMENT ON COLUMN approvals.definition_hash IS 'of definition, which is served while this is the approved one';

CREATE TABLE offers (
  org_id       uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  source_id    uuid        NOT NULL,
  kind         text        NOT NULL CONSTRAINT offers_kind_check CHECK (kind IN ('tool', 'prompt', 'resource', 'resource_template', 'instructions')),
  name         text        NOT NULL CONSTRAINT offers_name_check CHECK (octet_length(name) <= 2000),
  hash         bytea       NOT NULL,
  definition   bytea       NOT NULL CONSTRAINT offers_definition_check CHECK (octet_length(definition) <= 262144),
  unusable     text        NOT NULL DEFAULT '',
  renamed_from text        NOT NULL DEFAULT '',
  seen_at      timestamptz NOT NULL,
  CONSTRAINT offers_pkey PRIMARY KEY (org_id, source_id, kind, name),
  CONSTRAINT offers_org_id_source_id_fkey FOREIGN KEY (org_id, source_id) REFERENCES sources (org_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN offers.unusable IS 'why it cannot be approved; empty: it can';
COMMENT ON COLUMN offers.seen_at IS 'when this definition was first seen';

CREATE TABLE withdrawals (
  org_id    uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  source_id uuid        NOT NULL,
  kind      text        NOT NULL CONSTRAINT withdrawals_kind_check CHECK (kind IN ('tool', 'prompt', 'resource', 'resource_template', 'instructions')),
  name      text        NOT NULL CONSTRAINT withdrawals_name_check CHECK (octet_length(name) BETWEEN 1 AND 2000),
  hash      bytea       NOT NULL CONSTRAINT withdrawals_hash_check CHECK (octet_length(hash) = 32),
  at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT withdrawals_pkey PRIMARY KEY (org_id, source_id, kind, name, hash),
  CONSTRAINT withdrawals_org_id_source_id_fkey FOREIGN KEY (org_id, source_id) REFERENCES sources (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE withdrawals IS 'definitions whose approval somebody has taken back: no policy approves them again, whether they are offered meanwhile or not; the newest ten thousand of each source';

CREATE TABLE source_states (
  org_id       uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  source_id    uuid        NOT NULL,
  refreshed_at timestamptz,
  tried_at     timestamptz NOT NULL,
  trouble      text        NOT NULL DEFAULT '',
  revision     text        NOT NULL DEFAULT '',
  server       bytea      ,
  instructions text        NOT NULL DEFAULT '',
  capabilities bytea      ,
  ticket       uuid,
  ticket_until timestamptz,
  turned_at    timestamptz,
  turned_to    text        NOT NULL DEFAULT '',
  CONSTRAINT source_states_pkey PRIMARY KEY (org_id, source_id),
  CONSTRAINT source_states_org_id_source_id_fkey FOREIGN KEY (org_id, source_id) REFERENCES sources (org_id, id) ON DELETE CASCADE,
  CONSTRAINT source_states_ticket_check CHECK ((ticket IS NULL) = (ticket_until IS NULL))
);
COMMENT ON TABLE source_states IS 'what came of asking a source; no configuration';
COMMENT ON COLUMN source_states.trouble IS 'what went wrong when it was last asked, as a sentence for everybody';
COMMENT ON COLUMN source_states.turned_at IS 'when calls last found it well or unwell, and it was not before';
COMMENT ON COLUMN source_states.turned_to IS 'what was wrong then, as a sentence for admins; empty: nothing';
COMMENT ON COLUMN source_states.ticket IS 'of whoever asks it at this moment; whoever takes over makes a new one';

CREATE TABLE toolsets (
  org_id   uuid   NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                  CONSTRAINT toolsets_org_id_fkey REFERENCES organizations (org_id),
  name     text   NOT NULL CONSTRAINT toolsets_name_check CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  title    text   NOT NULL,
  patterns text[] NOT NULL,
  CONSTRAINT toolsets_pkey PRIMARY KEY (org_id, name)
);

CREATE TABLE upstream_sessions (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  session    uuid        NOT NULL,
  source_id  uuid        NOT NULL,
  person     uuid        NOT NULL,
  put_at     timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ciphertext bytea       NOT NULL CONSTRAINT upstream_sessions_ciphertext_check CHECK (octet_length(ciphertext) BETWEEN 1 AND 16384),
  CONSTRAINT upstream_sessions_pkey PRIMARY KEY (org_id, session, source_id),
  CONSTRAINT upstream_sessions_org_id_source_id_fkey FOREIGN KEY (org_id, source_id) REFERENCES sources (org_id, id) ON DELETE CASCADE
);
CREATE INDEX upstream_sessions_org_id_person_idx ON upstream_sessions (org_id, person, put_at);
CREATE INDEX upstream_sessions_org_id_expires_at_idx ON upstream_sessions (org_id, expires_at);
CREATE INDEX upstream_sessions_org_id_source_id_idx ON upstream_sessions (org_id, source_id);
COMMENT ON TABLE upstream_sessions IS 'sessions with sources that belong to sessions of clients; the newest two hundred of each person';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['source_secrets', 'sources', 'approvals', 'offers', 'withdrawals', 'source_states', 'toolsets', 'upstream_sessions'] LOOP
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
