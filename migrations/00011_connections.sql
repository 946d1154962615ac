-- How AI clients are connected: which have registered, which people let which of
-- them act for them, and with which refresh tokens they go on.
--
-- A connection names its client by an id that need not be registered: it may be
-- the URL of a client's document, and a registration may have expired. Grants are
-- written at every refresh, and nothing that a refresh changes is indexed.
-- Nothing here is secret but Entra's refresh token, which is encrypted: a refresh
-- token of ours is a grant's id and generation with a proof that only the
-- organization's key makes, and of the secrets of clients there are hashes.

-- +goose Up
CREATE TABLE registered_clients (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT registered_clients_org_id_fkey REFERENCES organizations (org_id),
  id         text        NOT NULL CONSTRAINT registered_clients_id_check CHECK (id ~ '^gh_[A-Za-z0-9]{26}$'),
  name       text        NOT NULL CONSTRAINT registered_clients_name_check CHECK (octet_length(name) <= 500),
  redirects  text[]      NOT NULL CONSTRAINT registered_clients_redirects_check
                         CHECK (cardinality(redirects) BETWEEN 1 AND 100 AND octet_length(array_to_string(redirects, '')) <= 32768),
  created_at timestamptz NOT NULL,
  used_at    timestamptz,
  expires_at timestamptz NOT NULL,
  software   text        NOT NULL DEFAULT '',
  CONSTRAINT registered_clients_pkey PRIMARY KEY (org_id, id)
);
CREATE INDEX registered_clients_org_id_expires_at_idx ON registered_clients (org_id, expires_at);
COMMENT ON COLUMN registered_clients.used_at IS 'when somebody last agreed to it; NULL: nobody has';
COMMENT ON COLUMN registered_clients.software IS 'what administrators govern, made of name and redirects';

CREATE TABLE preregistered_clients (
  org_id    uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  id        text        NOT NULL CONSTRAINT preregistered_clients_id_check CHECK (id ~ '^ghc_[A-Za-z0-9]{26}$'),
  kind      text        NOT NULL CONSTRAINT preregistered_clients_kind_check CHECK (kind IN ('public', 'confidential', 'agent')),
  agent     uuid,
  redirects text[]      NOT NULL CONSTRAINT preregistered_clients_redirects_check
                        CHECK (cardinality(redirects) <= 100 AND octet_length(array_to_string(redirects, '')) <= 32768),
  jwks      text        NOT NULL CONSTRAINT preregistered_clients_jwks_check CHECK (octet_length(jwks) <= 16384),
  jwks_uri  text        NOT NULL CONSTRAINT preregistered_clients_jwks_uri_check CHECK (octet_length(jwks_uri) <= 2000 AND (jwks_uri = '' OR jwks = '')),
  made_at   timestamptz NOT NULL,
  CONSTRAINT preregistered_clients_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT preregistered_clients_agent_check CHECK ((agent IS NOT NULL) = (kind = 'agent')),
  CONSTRAINT preregistered_clients_org_id_id_fkey FOREIGN KEY (org_id, id) REFERENCES clients (org_id, client_id) ON DELETE CASCADE
);
COMMENT ON TABLE preregistered_clients IS 'what goes with clients that admins have registered, beside their entries of the list of clients';
COMMENT ON COLUMN preregistered_clients.agent IS 'what an agent is known by where people have an object id';

CREATE TABLE client_secrets (
  org_id    uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  id        uuid        NOT NULL,
  client_id text        NOT NULL,
  hash      bytea       NOT NULL CONSTRAINT client_secrets_hash_check CHECK (octet_length(hash) = 32),
  hint      text        NOT NULL CONSTRAINT client_secrets_hint_check CHECK (octet_length(hint) <= 4),
  made_at   timestamptz NOT NULL,
  ends_at   timestamptz NOT NULL,
  CONSTRAINT client_secrets_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT client_secrets_ends_at_check CHECK (ends_at > made_at),
  CONSTRAINT client_secrets_org_id_client_id_fkey FOREIGN KEY (org_id, client_id) REFERENCES preregistered_clients (org_id, id) ON DELETE CASCADE
);
CREATE INDEX client_secrets_org_id_client_id_idx ON client_secrets (org_id, client_id);
COMMENT ON COLUMN client_secrets.hash IS 'SHA-256 of the secret, which is random and kept nowhere';

CREATE TABLE connections (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                          CONSTRAINT connections_org_id_fkey REFERENCES organizations (org_id),
  id          uuid        NOT NULL,
  person      uuid        NOT NULL,
  person_name text        NOT NULL,
  username    text        NOT NULL,
  guest       boolean     NOT NULL,
  client_id   text        NOT NULL CONSTRAINT connections_client_id_check CHECK (octet_length(client_id) BETWEEN 1 AND 2000),
  software    text        NOT NULL CONSTRAINT connections_software_check CHECK (octet_length(software) BETWEEN 1 AND 2000),
  name        text        NOT NULL,
  host        text        NOT NULL,
  redirect    text        NOT NULL,
  agreed      bytea       CONSTRAINT connections_agreed_check CHECK (octet_length(agreed) = 32),
  entra       bytea       CONSTRAINT connections_entra_check CHECK (octet_length(entra) BETWEEN 1 AND 16384),
  entra_at    timestamptz,
  made_at     timestamptz NOT NULL,
  used_at     timestamptz NOT NULL,
  proves      boolean     NOT NULL DEFAULT false,
  CONSTRAINT connections_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT connections_org_id_person_client_id_key UNIQUE (org_id, person, client_id),
  CONSTRAINT connections_entra_at_check CHECK (entra IS NULL OR entra_at IS NOT NULL)
);
CREATE INDEX connections_org_id_used_at_idx ON connections (org_id, used_at, id);
COMMENT ON COLUMN connections.proves IS 'by its document the client authenticates with a key';
COMMENT ON COLUMN connections.agreed IS 'digest of the client as it was agreed to; NULL: nothing is remembered';
COMMENT ON COLUMN connections.entra IS 'Entra''s refresh token, encrypted under the organization''s key; NULL: there is none, or it is no use any more';
COMMENT ON COLUMN connections.entra_at IS 'when Entra gave it, or refused to go on with it';
COMMENT ON COLUMN connections.used_at IS 'moved at most once an hour by refreshes';

CREATE TABLE grants (
  org_id        uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  id            uuid        NOT NULL,
  connection_id uuid        NOT NULL,
  toolset       text        NOT NULL CONSTRAINT grants_toolset_check CHECK (toolset = '' OR toolset ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  scopes        text[]      NOT NULL,
  contexts      text[]      NOT NULL,
  generation    integer     NOT NULL CONSTRAINT grants_generation_check CHECK (generation >= 1),
  rotated_at    timestamptz NOT NULL,
  made_at       timestamptz NOT NULL,
  ends_at       timestamptz NOT NULL,
  CONSTRAINT grants_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT grants_org_id_connection_id_fkey FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id) ON DELETE CASCADE,
  CONSTRAINT grants_ends_at_check CHECK (ends_at > made_at)
) WITH (fillfactor = 70);
CREATE INDEX grants_org_id_connection_id_idx ON grants (org_id, connection_id);
CREATE INDEX grants_org_id_ends_at_idx ON grants (org_id, ends_at);
COMMENT ON COLUMN grants.toolset IS 'whose endpoint it is for; empty: the organization''s';
COMMENT ON COLUMN grants.generation IS 'of the refresh token that is good';

CREATE TABLE client_requests (
  org_id   uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                       CONSTRAINT client_requests_org_id_fkey REFERENCES organizations (org_id),
  software text        NOT NULL CONSTRAINT client_requests_software_check CHECK (octet_length(software) BETWEEN 1 AND 2000),
  name     text        NOT NULL,
  host     text        NOT NULL,
  redirect text        NOT NULL,
  person   uuid        NOT NULL,
  asked    text        NOT NULL,
  first_at timestamptz NOT NULL,
  last_at  timestamptz NOT NULL,
  times    bigint      NOT NULL CONSTRAINT client_requests_times_check CHECK (times >= 1),
  CONSTRAINT client_requests_pkey PRIMARY KEY (org_id, software)
);
COMMENT ON TABLE client_requests IS 'software that somebody wanted to connect and that is not listed; the two hundred last asked for';

CREATE TABLE entra_clients (
  org_id    uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                        CONSTRAINT entra_clients_org_id_fkey REFERENCES organizations (org_id),
  client_id uuid        NOT NULL,
  first_at  timestamptz NOT NULL,
  last_at   timestamptz NOT NULL,
  CONSTRAINT entra_clients_pkey PRIMARY KEY (org_id, client_id)
);
COMMENT ON TABLE entra_clients IS 'app registrations whose tokens of Entra were shown; the two hundred last seen';
COMMENT ON COLUMN entra_clients.last_at IS 'moved at most once an hour';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['registered_clients', 'preregistered_clients', 'client_secrets', 'connections', 'grants', 'client_requests', 'entra_clients'] LOOP
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
