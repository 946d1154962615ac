-- Exports of the log that the worker asks for by itself, one of each period.
--
-- A row says of what, where to, and from when on the next period is. Whoever asks for an
-- export of it moves the row on in the transaction that adds the export, so that no
-- period has two.

-- +goose Up
CREATE TABLE export_schedules (
  org_id        uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                            CONSTRAINT export_schedules_org_id_fkey REFERENCES organizations (org_id),
  id            uuid        NOT NULL,
  name          text        NOT NULL,
  every         text        NOT NULL CONSTRAINT export_schedules_every_check CHECK (every IN ('day', 'week', 'month')),
  sink_id       uuid        NOT NULL,
  sink          text        NOT NULL,
  receiver      text        NOT NULL,
  format        text        NOT NULL,
  completeness  text        NOT NULL,
  filter        text        NOT NULL,
  made_at       timestamptz NOT NULL,
  made_by       uuid        NOT NULL,
  maker         text        NOT NULL,
  period        timestamptz NOT NULL,
  due_at        timestamptz NOT NULL,
  failing_since timestamptz,
  trouble       text        NOT NULL DEFAULT '',
  last_export   uuid,
  CONSTRAINT export_schedules_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT export_schedules_org_id_name_key UNIQUE (org_id, name)
);
CREATE INDEX export_schedules_due_at_idx ON export_schedules (due_at);
COMMENT ON TABLE export_schedules IS 'exports of the log that are asked for by time';
COMMENT ON COLUMN export_schedules.receiver IS 'where the sink led when the schedule was made: nothing is brought elsewhere';
COMMENT ON COLUMN export_schedules.filter IS 'which records, as JSON; it names no person, and has no times';
COMMENT ON COLUMN export_schedules.maker IS 'display name of who made it, as it was then';
COMMENT ON COLUMN export_schedules.period IS 'the beginning of the period whose export is next';

ALTER TABLE export_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE export_schedules FORCE ROW LEVEL SECURITY;
CREATE POLICY export_schedules_own ON export_schedules TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON export_schedules TO gatehouse_api;

GRANT SELECT (org_id, id, due_at) ON export_schedules TO gatehouse_definer;
CREATE POLICY export_schedules_definer ON export_schedules FOR SELECT TO gatehouse_definer USING (true);

-- One of each organization, the longest due first.
-- +goose StatementBegin
CREATE FUNCTION due_export_schedules(before timestamptz, most integer) RETURNS TABLE (org_id uuid, schedule uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ WITH due AS (
          SELECT DISTINCT ON (s.org_id) s.org_id, s.id, s.due_at
          FROM public.export_schedules s JOIN public.organizations o ON o.org_id = s.org_id
          WHERE s.due_at <= before AND o.state <> 'deleted' ORDER BY s.org_id, s.due_at, s.id)
        SELECT d.org_id, d.id FROM due d ORDER BY d.due_at LIMIT most $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION due_export_schedules(timestamptz, integer) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION due_export_schedules(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_export_schedules(timestamptz, integer) TO gatehouse_worker;
