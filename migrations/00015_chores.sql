-- What the worker does for an organization again and again. An organization that is
-- served and has no row of a chore is due: nobody has to make the first.

-- +goose Up
CREATE TABLE chores (
  org_id   uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                       CONSTRAINT chores_org_id_fkey REFERENCES organizations (org_id),
  chore    text        NOT NULL CONSTRAINT chores_chore_check CHECK (chore ~ '^[a-z_]{1,32}$'),
  due_at   timestamptz NOT NULL,
  failures integer     NOT NULL DEFAULT 0 CONSTRAINT chores_failures_check CHECK (failures >= 0),
  CONSTRAINT chores_pkey PRIMARY KEY (org_id, chore)
);
COMMENT ON COLUMN chores.due_at IS 'when its turn comes; while somebody is at it, when it comes to the next who tries';
COMMENT ON COLUMN chores.failures IS 'in a row';

ALTER TABLE chores ENABLE ROW LEVEL SECURITY;
ALTER TABLE chores FORCE ROW LEVEL SECURITY;
CREATE POLICY chores_own ON chores TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON chores TO gatehouse_api;

GRANT SELECT (org_id, chore, due_at) ON chores TO gatehouse_definer;
CREATE POLICY chores_definer ON chores FOR SELECT TO gatehouse_definer USING (true);

-- +goose StatementBegin
CREATE FUNCTION due_chores(wanted text, before timestamptz, most integer) RETURNS TABLE (org_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT o.org_id FROM public.organizations o LEFT JOIN public.chores c ON c.org_id = o.org_id AND c.chore = wanted
        WHERE o.state = 'active' AND (c.due_at IS NULL OR c.due_at <= before) ORDER BY c.due_at NULLS FIRST LIMIT most $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION due_chores(text, timestamptz, integer) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION due_chores(text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_chores(text, timestamptz, integer) TO gatehouse_worker;
