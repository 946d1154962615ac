-- Organizations and everything they decide about their tools. Each table names
-- its organization, refuses rows of any other (row level security, forced for
-- the owner too), and refers to others by (org_id, id) only.
--
-- While an organization is being connected its connection may be unfinished:
-- what is not decided yet is NULL or ''. Once its endpoints exist it is whole.
-- A slug and an Entra tenant stay taken after an organization is deleted, so
-- that nobody can inherit another's address or subject.
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
  auth_mode       text        NOT NULL CONSTRAINT organizations_auth_mode_check CHECK (auth_mode IN ('brokered', 'facade', 'direct')),
  auth_mode_since timestamptz,
  accept_entra_tokens boolean NOT NULL DEFAULT false,
  unknown_clients text        NOT NULL DEFAULT 'refuse' CONSTRAINT organizations_unknown_clients_check CHECK (unknown_clients IN ('', 'admit', 'refuse')),
  cloud           text        NOT NULL CONSTRAINT organizations_cloud_check CHECK (cloud IN ('', 'public', 'usgov', 'china')),
  connection_id   uuid,
  app_model       text        NOT NULL CONSTRAINT organizations_app_model_check CHECK (app_model IN ('', 'shared', 'own')),
  client_id       uuid,
  token_versions  text        NOT NULL CONSTRAINT organizations_token_versions_check CHECK (token_versions IN ('', 'v2', 'v1v2')),
  v1_audiences    text[]      NOT NULL DEFAULT '{}',
  resource        text        NOT NULL,
  scope           text        NOT NULL,
  app_role        text        NOT NULL,
  guests          text        NOT NULL CONSTRAINT organizations_guests_check CHECK (guests IN ('', 'admit', 'refuse')),
  agents          text        NOT NULL CONSTRAINT organizations_agents_check CHECK (agents IN ('', 'admit', 'refuse')),
  apps            text        NOT NULL CONSTRAINT organizations_apps_check CHECK (apps IN ('', 'admit', 'refuse')),
  group_source    text        NOT NULL CONSTRAINT organizations_group_source_check CHECK (group_source IN ('', 'on_behalf_of', 'token_only')),
  groups_claim    text        NOT NULL CONSTRAINT organizations_groups_claim_check CHECK (groups_claim IN ('', 'configured', 'unknown')),
  credential_id   uuid,
  credential_kind text        NOT NULL DEFAULT '' CONSTRAINT organizations_credential_kind_check
                              CHECK (credential_kind IN ('', 'platform_issuer', 'certificate', 'client_secret')),
  credential_thumbprint text  NOT NULL DEFAULT '',
  credential_created_at timestamptz,
  credential_expires_at timestamptz,
  secret_id       uuid        GENERATED ALWAYS AS (CASE WHEN credential_kind IN ('certificate', 'client_secret') THEN credential_id END) STORED,
  membership_soft bigint      NOT NULL CONSTRAINT organizations_membership_soft_check CHECK (membership_soft > 0),
  membership_hard bigint      NOT NULL CONSTRAINT organizations_membership_hard_check CHECK (membership_hard >= membership_soft),
  origins         text[]      NOT NULL DEFAULT '{}',
  wrapped_key     bytea       NOT NULL,
  version         bigint      NOT NULL DEFAULT 1,
  version_xid     xid8        NOT NULL DEFAULT pg_current_xact_id(),
  decisions       bigint      NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  deleted_from    text        NOT NULL DEFAULT '' CONSTRAINT organizations_deleted_from_check CHECK (deleted_from IN ('', 'pending', 'onboarding', 'active', 'suspended')),
  CONSTRAINT organizations_deleted_at_check CHECK ((state = 'deleted') = (deleted_at IS NOT NULL)),
  CONSTRAINT organizations_deleted_from_state_check CHECK ((state = 'deleted') = (deleted_from <> '')),
  CONSTRAINT organizations_credential_id_check CHECK ((credential_kind = '') = (credential_id IS NULL)),
  CONSTRAINT organizations_connection_check CHECK (state NOT IN ('active', 'suspended') OR
    client_id IS NOT NULL AND connection_id IS NOT NULL AND resource <> '' AND scope <> ''
    AND '' NOT IN (cloud, app_model, token_versions, guests, agents, apps, group_source, groups_claim))
);
COMMENT ON COLUMN organizations.auth_mode_since IS 'when auth_mode or accept_entra_tokens last changed; NULL: never';
COMMENT ON COLUMN organizations.membership_soft IS 'nanoseconds';
COMMENT ON COLUMN organizations.membership_hard IS 'nanoseconds';
COMMENT ON COLUMN organizations.secret_id IS 'the credential, where there is something secret about it';
COMMENT ON COLUMN organizations.version IS 'assigned under this row''s lock; compared per organization only';
COMMENT ON COLUMN organizations.version_xid IS 'the transaction that assigned version; lets a poll ask for what its last snapshot could not see';
COMMENT ON COLUMN organizations.deleted_from IS 'the state that a restoration brings back';
COMMENT ON COLUMN organizations.decisions IS 'the last version that can have changed who may do what';
CREATE INDEX organizations_version_xid_idx ON organizations (version_xid);
CREATE INDEX organizations_created_at_idx ON organizations (created_at, org_id);
CREATE UNIQUE INDEX organizations_client_id_key ON organizations (client_id)
  WHERE app_model = 'own' AND credential_kind <> '' AND state IN ('active', 'suspended');
COMMENT ON INDEX organizations_client_id_key IS 'an app is one organization''s once it is proved; an id that was only typed keeps nobody out';

CREATE TABLE secrets (
  org_id     uuid  NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                   CONSTRAINT secrets_org_id_fkey REFERENCES organizations (org_id),
  id         uuid  NOT NULL,
  kind       text  NOT NULL,
  ciphertext bytea NOT NULL,
  CONSTRAINT secrets_pkey PRIMARY KEY (org_id, id)
);
ALTER TABLE organizations ADD CONSTRAINT organizations_org_id_secret_id_fkey
  FOREIGN KEY (org_id, secret_id) REFERENCES secrets (org_id, id) DEFERRABLE INITIALLY DEFERRED;

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
  CONSTRAINT roles_org_id_name_key UNIQUE (org_id, name) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE assignments (
  org_id        uuid NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                     CONSTRAINT assignments_org_id_fkey REFERENCES organizations (org_id),
  id            uuid NOT NULL,
  role_id       uuid NOT NULL,
  subject_kind  text NOT NULL CONSTRAINT assignments_subject_kind_check
                CHECK (subject_kind IN ('group', 'app_role', 'person', 'client', 'everybody', 'every_guest', 'every_app')),
  subject_value text NOT NULL,
  name          text NOT NULL,
  ends_at       timestamptz,
  CONSTRAINT assignments_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT assignments_org_id_role_id_fkey FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id) ON DELETE CASCADE,
  CONSTRAINT assignments_org_id_role_id_subject_key UNIQUE (org_id, role_id, subject_kind, subject_value) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON COLUMN assignments.name IS 'of the subject, when it was assigned; decides nothing';

CREATE TABLE role_grants (
  org_id       uuid NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                    CONSTRAINT role_grants_org_id_fkey REFERENCES organizations (org_id),
  id           uuid NOT NULL,
  role         text NOT NULL CONSTRAINT role_grants_role_check CHECK (role IN ('owner', 'admin', 'auditor', 'viewer')),
  grantee_kind text NOT NULL CONSTRAINT role_grants_grantee_kind_check CHECK (grantee_kind IN ('person', 'group', 'app')),
  grantee_id   uuid NOT NULL,
  name         text NOT NULL,
  ends_at      timestamptz,
  CONSTRAINT role_grants_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT role_grants_org_id_role_grantee_key UNIQUE (org_id, role, grantee_kind, grantee_id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT role_grants_owner_check CHECK (role <> 'owner' OR grantee_kind = 'person')
);
COMMENT ON TABLE role_grants IS 'who may do what in the console and the management API';

CREATE TABLE former_grantees (
  org_id       uuid NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                    CONSTRAINT former_grantees_org_id_fkey REFERENCES organizations (org_id),
  grantee_kind text NOT NULL CONSTRAINT former_grantees_grantee_kind_check CHECK (grantee_kind IN ('person', 'group', 'app')),
  grantee_id   uuid NOT NULL,
  CONSTRAINT former_grantees_pkey PRIMARY KEY (org_id, grantee_kind, grantee_id)
);
COMMENT ON TABLE former_grantees IS 'whose last role was once taken away; they get none by themselves, only from an owner';

CREATE TABLE tools (
  org_id uuid NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
              CONSTRAINT tools_org_id_fkey REFERENCES organizations (org_id),
  name   text NOT NULL,
  effect text NOT NULL CONSTRAINT tools_effect_check CHECK (effect IN ('read', 'write', 'destructive')),
  CONSTRAINT tools_pkey PRIMARY KEY (org_id, name)
);
COMMENT ON TABLE tools IS 'the tools an organization has switched on, with the effect its admin decided';

CREATE TABLE limits (
  org_id     uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                     CONSTRAINT limits_org_id_fkey REFERENCES organizations (org_id),
  name       text    NOT NULL CONSTRAINT limits_name_check CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  subject    text    NOT NULL CONSTRAINT limits_subject_check CHECK (subject IN ('caller', 'client', 'tool')),
  client_id  text    NOT NULL CONSTRAINT limits_client_id_check CHECK (client_id = '' OR subject = 'client'),
  tool       text    NOT NULL CONSTRAINT limits_tool_check CHECK ((tool <> '') = (subject = 'tool')),
  rate_calls integer NOT NULL,
  rate_every text    NOT NULL,
  rate_burst integer NOT NULL,
  per_day    bigint  NOT NULL CONSTRAINT limits_per_day_check CHECK (per_day BETWEEN 0 AND 1000000000),
  uncounted  text    NOT NULL CONSTRAINT limits_uncounted_check CHECK (uncounted IN ('admit', 'refuse')),
  CONSTRAINT limits_pkey PRIMARY KEY (org_id, name),
  CONSTRAINT limits_rate_check CHECK (
    (rate_calls, rate_every, rate_burst) = (0, '', 0) OR
    rate_calls BETWEEN 1 AND 1000000 AND rate_every IN ('second', 'minute') AND rate_burst BETWEEN 1 AND 1000000),
  CONSTRAINT limits_rate_calls_per_day_check CHECK (rate_calls > 0 OR per_day > 0)
);
COMMENT ON TABLE limits IS 'what an organization allows of calls, within what the deployment does';
COMMENT ON COLUMN limits.client_id IS 'the only client it is for; empty: each by itself';
COMMENT ON COLUMN limits.rate_calls IS '0: there is a number per day only';

CREATE TABLE revocations (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT revocations_org_id_fkey REFERENCES organizations (org_id),
  id         uuid        NOT NULL,
  kind       text        NOT NULL CONSTRAINT revocations_kind_check CHECK (kind IN ('person', 'client', 'session', 'connection', 'connections', 'organization')),
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
  ended_xid  xid8        NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT ended_sessions_pkey PRIMARY KEY (org_id, session)
);
CREATE INDEX ended_sessions_org_id_person_idx ON ended_sessions (org_id, person, ended_at);
CREATE INDEX ended_sessions_org_id_expires_at_idx ON ended_sessions (org_id, expires_at);
CREATE INDEX ended_sessions_ended_xid_idx ON ended_sessions (ended_xid);
COMMENT ON TABLE ended_sessions IS 'MCP sessions that their client has ended; the newest hundred of each person';
COMMENT ON COLUMN ended_sessions.ended_xid IS 'the transaction that ended it; lets a poll ask for what its last snapshot could not see, without a new version of the organization';

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

CREATE TABLE support_accesses (
  org_id       uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                           CONSTRAINT support_accesses_org_id_fkey REFERENCES organizations (org_id),
  id           uuid        NOT NULL,
  operator_tid uuid        NOT NULL,
  operator_oid uuid        NOT NULL,
  operator     text        NOT NULL,
  reason       text        NOT NULL CONSTRAINT support_accesses_reason_check CHECK (length(reason) BETWEEN 1 AND 500),
  requested_at timestamptz NOT NULL,
  approved_by  uuid,
  approver     text        NOT NULL DEFAULT '',
  approved_at  timestamptz,
  ends_at      timestamptz,
  revoked_at   timestamptz,
  CONSTRAINT support_accesses_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT support_accesses_approved_at_check CHECK ((approved_at IS NULL) = (ends_at IS NULL) AND (approved_at IS NULL) = (approved_by IS NULL)),
  CONSTRAINT support_accesses_ends_at_check CHECK (ends_at > approved_at AND ends_at <= approved_at + interval '8 hours')
);
COMMENT ON TABLE support_accesses IS 'looks inside by operators of the platform: asked for, approved by the organization, over';
COMMENT ON COLUMN support_accesses.approved_by IS 'object id in the organization''s own Entra tenant';

CREATE TABLE notices (
  org_id  uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                      CONSTRAINT notices_org_id_fkey REFERENCES organizations (org_id),
  id      uuid        NOT NULL,
  kind    text        NOT NULL CONSTRAINT notices_kind_check CHECK (kind IN ('ownership_recovered', 'admin_joined', 'support_requested')),
  at      timestamptz NOT NULL,
  by_tid  uuid        NOT NULL,
  by_oid  uuid        NOT NULL,
  by_name text        NOT NULL,
  reason  text        NOT NULL DEFAULT '',
  CONSTRAINT notices_pkey PRIMARY KEY (org_id, id)
);
CREATE INDEX notices_org_id_at_idx ON notices (org_id, at);
COMMENT ON TABLE notices IS 'what owners and admins are told until one of them dismisses it';

CREATE TABLE idempotency_keys (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                          CONSTRAINT idempotency_keys_org_id_fkey REFERENCES organizations (org_id),
  actor       text        NOT NULL,
  key         text        NOT NULL CONSTRAINT idempotency_keys_key_check CHECK (length(key) BETWEEN 1 AND 255),
  digest      bytea       NOT NULL,
  reservation uuid        NOT NULL,
  reserved_at timestamptz NOT NULL,
  status      integer     NOT NULL DEFAULT 0,
  body        bytea       NOT NULL DEFAULT '' CONSTRAINT idempotency_keys_body_check CHECK (octet_length(body) <= 262144),
  created_at  timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (org_id, actor, key)
);
CREATE INDEX idempotency_keys_org_id_created_at_idx ON idempotency_keys (org_id, created_at);
COMMENT ON COLUMN idempotency_keys.reservation IS 'who works on the request; whoever takes over makes a new one';
COMMENT ON COLUMN idempotency_keys.status IS '0: the work is not done yet';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['organizations', 'secrets', 'clients', 'scope_ceilings', 'roles', 'assignments', 'tools', 'limits',
                              'role_grants', 'former_grantees', 'revocations', 'ended_sessions', 'memberships', 'support_accesses', 'notices', 'idempotency_keys'] LOOP
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
