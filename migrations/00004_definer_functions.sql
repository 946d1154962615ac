-- The closed list of doors past row level security. Each returns ids and
-- versions only, runs as a role that may read just these columns, and fixes its
-- search_path so that nobody can put another table in front.

-- +goose Up
GRANT SELECT (org_id, slug, version, version_xid) ON organizations TO gatehouse_definer;
CREATE POLICY organizations_definer ON organizations FOR SELECT TO gatehouse_definer USING (true);

-- +goose StatementBegin
CREATE FUNCTION org_by_slug(wanted text) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT org_id FROM public.organizations WHERE slug = wanted $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION versions(since xid8) RETURNS TABLE (org_id uuid, version bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT o.org_id, o.version FROM public.organizations o WHERE o.version_xid >= since $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
GRANT gatehouse_definer TO CURRENT_USER;
ALTER FUNCTION org_by_slug(text) OWNER TO gatehouse_definer;
ALTER FUNCTION versions(xid8) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION org_by_slug(text), versions(xid8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION org_by_slug(text), versions(xid8) TO gatehouse_api;
