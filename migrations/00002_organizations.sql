-- Organizations and everything they decide about their tools. Each table names
-- its organization, refuses rows of any other (row level security, forced for
-- the owner too), and refers to others by (org_id, id) only.
--
-- After a transaction that set app.org_id the setting reads '' rather than
-- NULL on the pooled connection, hence NULLIF.

-- +goose Up
CREATE TABLE organizations (
  org_id          uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                              CONSTRAINT organizations_pkey PRIMARY KEY,
  slug            text        NOT NULL CONSTRAINT organizations_slug_key UNIQUE
                              CONSTRAINT organizations_slug_check CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$'),
  name            text        NOT NULL CONSTRAINT organizations_name_check CHECK (name <> ''),
  entra_tid       uuid        NOT NULL CONSTRAINT organizations_entra_tid_key UNIQUE,
  state           text        NOT NULL CONSTRAINT organizations_state_check CHECK (state IN ('pending', 'onboarding', 'active', 'suspended', 'deleted')),
  auth_mode       text        NOT NULL CONSTRAINT organizations_auth_mode_check CHECK (auth_mode IN ('direct')),
  cloud           text        NOT NULL CONSTRAINT organizations_cloud_check CHECK (cloud IN ('public', 'usgov', 'china')),
  client_id       uuid        NOT NULL,
  token_versions  text        NOT NULL CONSTRAINT organizations_token_versions_check CHECK (token_versions IN ('v2', 'v1v2')),
  v1_audiences    text[]      NOT NULL DEFAULT '{}',
  resource        text        NOT NULL,
  scope           text        NOT NULL,
  app_role        text        NOT NULL,
  guests          text        NOT NULL CONSTRAINT organizations_guests_check CHECK (guests IN ('admit', 'refuse')),
  agents          text        NOT NULL CONSTRAINT organizations_agents_check CHECK (agents IN ('admit', 'refuse')),
  apps            text        NOT NULL CONSTRAINT organizations_apps_check CHECK (apps IN ('admit', 'refuse')),
  group_source    text        NOT NULL CONSTRAINT organizations_group_source_check CHECK (group_source IN ('on_behalf_of', 'token_only')),
  groups_claim    text        NOT NULL CONSTRAINT organizations_groups_claim_check CHECK (groups_claim IN ('configured', 'unknown')),
  connection_id   uuid        NOT NULL,
  app_model       text        NOT NULL CONSTRAINT organizations_app_model_check CHECK (app_model IN ('shared', 'own')),
  credential_ref  uuid,
  credential_kind text        NOT NULL DEFAULT '',
  credential_thumbprint text  NOT NULL DEFAULT '',
  credential_created_at timestamptz,
  credential_expires_at timestamptz,
  membership_soft bigint      NOT NULL CONSTRAINT organizations_membership_soft_check CHECK (membership_soft > 0),
  membership_hard bigint      NOT NULL CONSTRAINT organizations_membership_hard_check CHECK (membership_hard >= membership_soft),
  origins         text[]      NOT NULL DEFAULT '{}',
  wrapped_key     bytea       NOT NULL,
  version         bigint      NOT NULL DEFAULT 1,
  version_xid     xid8        NOT NULL DEFAULT pg_current_xact_id(),
  decisions       bigint      NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN organizations.membership_soft IS 'nanoseconds';
COMMENT ON COLUMN organizations.membership_hard IS 'nanoseconds';
COMMENT ON COLUMN organizations.version IS 'assigned under this row''s lock; compared per organization only';
COMMENT ON COLUMN organizations.version_xid IS 'the transaction that assigned version; lets a poll ask for what its last snapshot could not see';
COMMENT ON COLUMN organizations.decisions IS 'the last version that can have changed who may do what';
CREATE INDEX organizations_version_xid_idx ON organizations (version_xid);

CREATE TABLE secrets (
  org_id     uuid  NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                   CONSTRAINT secrets_org_id_fkey REFERENCES organizations (org_id),
  id         uuid  NOT NULL,
  kind       text  NOT NULL,
  ciphertext bytea NOT NULL,
  CONSTRAINT secrets_pkey PRIMARY KEY (org_id, id)
);
ALTER TABLE organizations ADD CONSTRAINT organizations_org_id_credential_ref_fkey
  FOREIGN KEY (org_id, credential_ref) REFERENCES secrets (org_id, id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE clients (
  org_id    uuid NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                 CONSTRAINT clients_org_id_fkey REFERENCES organizations (org_id),
  client_id text NOT NULL,
  name      text NOT NULL,
  ceiling   text[],
  CONSTRAINT clients_pkey PRIMARY KEY (org_id, client_id)
);
COMMENT ON COLUMN clients.ceiling IS 'tool-name patterns; NULL: no ceiling';

CREATE TABLE scope_ceilings (
  org_id   uuid   NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                  CONSTRAINT scope_ceilings_org_id_fkey REFERENCES organizations (org_id),
  scope    text   NOT NULL,
  patterns text[] NOT NULL,
  CONSTRAINT scope_ceilings_pkey PRIMARY KEY (org_id, scope)
);

CREATE TABLE roles (
  org_id      uuid  NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                    CONSTRAINT roles_org_id_fkey REFERENCES organizations (org_id),
  id          uuid  NOT NULL,
  name        text  NOT NULL,
  permissions jsonb NOT NULL,
  CONSTRAINT roles_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT roles_org_id_name_key UNIQUE (org_id, name)
);

CREATE TABLE assignments (
  org_id        uuid NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                     CONSTRAINT assignments_org_id_fkey REFERENCES organizations (org_id),
  id            uuid NOT NULL,
  role_id       uuid NOT NULL,
  subject_kind  text NOT NULL CONSTRAINT assignments_subject_kind_check
                CHECK (subject_kind IN ('group', 'app_role', 'person', 'client', 'everybody', 'every_guest', 'every_app')),
  subject_value text NOT NULL,
  CONSTRAINT assignments_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT assignments_org_id_role_id_fkey FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id) ON DELETE CASCADE,
  CONSTRAINT assignments_org_id_role_id_subject_key UNIQUE (org_id, role_id, subject_kind, subject_value)
);

CREATE TABLE tools (
  org_id uuid NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
              CONSTRAINT tools_org_id_fkey REFERENCES organizations (org_id),
  name   text NOT NULL,
  effect text NOT NULL CONSTRAINT tools_effect_check CHECK (effect IN ('read', 'write', 'destructive')),
  CONSTRAINT tools_pkey PRIMARY KEY (org_id, name)
);
COMMENT ON TABLE tools IS 'the tools an organization has switched on, with the effect its admin decided';

CREATE TABLE revocations (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT revocations_org_id_fkey REFERENCES organizations (org_id),
  id         uuid        NOT NULL,
  kind       text        NOT NULL CONSTRAINT revocations_kind_check CHECK (kind IN ('person', 'client', 'session', 'organization')),
  subject    text        NOT NULL,
  not_before timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT revocations_pkey PRIMARY KEY (org_id, id)
);
COMMENT ON COLUMN revocations.not_before IS 'what was issued before this instant is refused';
COMMENT ON COLUMN revocations.expires_at IS 'nothing issued before not_before can still be valid after this instant';

CREATE TABLE ended_sessions (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT ended_sessions_org_id_fkey REFERENCES organizations (org_id),
  session    uuid        NOT NULL,
  person     uuid        NOT NULL,
  ended_at   timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT ended_sessions_pkey PRIMARY KEY (org_id, session)
);
CREATE INDEX ended_sessions_org_id_person_idx ON ended_sessions (org_id, person, ended_at);
COMMENT ON TABLE ended_sessions IS 'MCP sessions that their client has ended; the newest hundred of each person';

CREATE TABLE memberships (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT memberships_org_id_fkey REFERENCES organizations (org_id),
  person     uuid        NOT NULL,
  member     uuid[]      NOT NULL,
  not_member uuid[]      NOT NULL,
  asked_at   timestamptz NOT NULL,
  CONSTRAINT memberships_pkey PRIMARY KEY (org_id, person)
);
COMMENT ON TABLE memberships IS 'what Microsoft Graph last answered about the groups an organization maps';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['organizations', 'secrets', 'clients', 'scope_ceilings', 'roles', 'assignments', 'tools',
                              'revocations', 'ended_sessions', 'memberships'] LOOP
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
