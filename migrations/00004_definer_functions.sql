-- The closed list of doors past row level security. Each returns ids, versions,
-- ends of sessions or one yes or no, runs as a role that may read just these columns, and fixes its
-- search_path so that nobody can put another table in front.
--
-- By its slug an organization is found only while its endpoints exist; by its
-- Entra tenant always, because whoever signs in may still have to connect or to
-- restore it. That another organization has proved an app registration to be its
-- own is said before anybody goes on to set it up; organizations_client_id_key
-- keeps it so.
--
-- Operators of the platform look at organizations from outside, past row level
-- security too: through the few columns named here and nothing else.

-- +goose Up
GRANT SELECT (org_id, slug, entra_tid, version, version_xid, app_model, client_id, credential_kind, state) ON organizations TO gatehouse_definer;
CREATE POLICY organizations_definer ON organizations FOR SELECT TO gatehouse_definer USING (true);
GRANT SELECT (org_id, session, person, ended_at, expires_at, ended_xid) ON ended_sessions TO gatehouse_definer;
CREATE POLICY ended_sessions_definer ON ended_sessions FOR SELECT TO gatehouse_definer USING (true);

-- +goose StatementBegin
CREATE FUNCTION org_by_slug(wanted text) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT org_id FROM public.organizations WHERE slug = wanted $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION org_by_tid(wanted uuid) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT org_id FROM public.organizations WHERE entra_tid = wanted $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION organizations_after(after uuid, most integer) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT org_id FROM public.organizations WHERE org_id > after ORDER BY org_id LIMIT most $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION versions(since xid8) RETURNS TABLE (org_id uuid, version bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT o.org_id, o.version FROM public.organizations o WHERE o.version_xid >= since $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ends(since xid8) RETURNS TABLE (org_id uuid, session uuid, person uuid, ended_at timestamptz, expires_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT e.org_id, e.session, e.person, e.ended_at, e.expires_at FROM public.ended_sessions e WHERE e.ended_xid >= since $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION client_id_is_of_another(wanted uuid, org uuid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT EXISTS (SELECT FROM public.organizations WHERE client_id = wanted AND org_id <> org
    AND app_model = 'own' AND credential_kind <> '' AND state IN ('active', 'suspended')) $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
GRANT gatehouse_definer TO CURRENT_USER;
ALTER FUNCTION org_by_slug(text) OWNER TO gatehouse_definer;
ALTER FUNCTION org_by_tid(uuid) OWNER TO gatehouse_definer;
ALTER FUNCTION organizations_after(uuid, integer) OWNER TO gatehouse_definer;
ALTER FUNCTION client_id_is_of_another(uuid, uuid) OWNER TO gatehouse_definer;
ALTER FUNCTION versions(xid8) OWNER TO gatehouse_definer;
ALTER FUNCTION ends(xid8) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION org_by_slug(text), org_by_tid(uuid), organizations_after(uuid, integer), client_id_is_of_another(uuid, uuid), versions(xid8), ends(xid8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION org_by_slug(text), org_by_tid(uuid), organizations_after(uuid, integer), client_id_is_of_another(uuid, uuid), versions(xid8), ends(xid8) TO gatehouse_api;

GRANT SELECT (org_id, slug, name, entra_tid, state, created_at, version) ON organizations TO gatehouse_operator;
CREATE POLICY organizations_operator ON organizations FOR SELECT TO gatehouse_operator USING (true);
