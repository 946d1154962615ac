-- What Microsoft Graph tells organizations that have asked for it: whether one has, and
-- where its subscriptions are told of. A notification names a subscription by an id of
-- ours, so that one more function leads from there to the organization.

-- +goose Up
ALTER TABLE organizations ADD COLUMN notifications boolean NOT NULL DEFAULT false;

CREATE TABLE graph_hooks (
  org_id       uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                           CONSTRAINT graph_hooks_org_id_fkey REFERENCES organizations (org_id),
  id           uuid        NOT NULL CONSTRAINT graph_hooks_id_key UNIQUE,
  resource     text        NOT NULL CONSTRAINT graph_hooks_resource_check CHECK (resource IN ('users', 'groups')),
  state_hash   bytea       NOT NULL CONSTRAINT graph_hooks_state_hash_check CHECK (octet_length(state_hash) = 32),
  subscription uuid,
  renew_at     timestamptz,
  CONSTRAINT graph_hooks_pkey PRIMARY KEY (org_id, resource)
);
COMMENT ON COLUMN graph_hooks.id IS 'random; stands in the address that Graph tells';
COMMENT ON COLUMN graph_hooks.state_hash IS 'SHA-256 of the secret that comes with each notification, which is random and kept nowhere';
COMMENT ON COLUMN graph_hooks.subscription IS 'Graph''s id; NULL: Graph has not confirmed it';
COMMENT ON COLUMN graph_hooks.renew_at IS 'NULL: as soon as possible';

ALTER TABLE graph_hooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE graph_hooks FORCE ROW LEVEL SECURITY;
CREATE POLICY graph_hooks_own ON graph_hooks TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON graph_hooks TO gatehouse_api;

GRANT SELECT (org_id, id) ON graph_hooks TO gatehouse_definer;
CREATE POLICY graph_hooks_definer ON graph_hooks FOR SELECT TO gatehouse_definer USING (true);

-- +goose StatementBegin
CREATE FUNCTION org_by_graph_hook(wanted uuid) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT org_id FROM public.graph_hooks WHERE id = wanted $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION org_by_graph_hook(uuid) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION org_by_graph_hook(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION org_by_graph_hook(uuid) TO gatehouse_api;
