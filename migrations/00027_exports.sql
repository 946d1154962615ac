-- Exports of the log that the worker brings to a sink of the organization.
--
-- A row is the truth of an export: what was decided, and how far it has come, which is
-- encrypted under the organization's key, because it holds content that is still to be
-- brought. Whoever is at it takes the row for a while, and writes down each part in the
-- transaction that moves it on; a worker that died is waited for no longer than that.

-- +goose Up
CREATE TABLE exports (
  org_id        uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                            CONSTRAINT exports_org_id_fkey REFERENCES organizations (org_id),
  id            uuid        NOT NULL,
  state         text        NOT NULL CONSTRAINT exports_state_check CHECK (state IN ('running', 'cancelling', 'done', 'failed', 'cancelled')),
  sink_id       uuid        NOT NULL,
  sink          text        NOT NULL,
  receiver      text        NOT NULL,
  format        text        NOT NULL,
  first_seq     bigint      NOT NULL,
  end_seq       bigint      NOT NULL,
  asked_at      timestamptz NOT NULL,
  decision      bytea       NOT NULL,
  progress      bytea,
  next_seq      bigint      NOT NULL,
  records       bigint      NOT NULL DEFAULT 0,
  bytes         bigint      NOT NULL DEFAULT 0,
  parts         integer     NOT NULL DEFAULT 0,
  complete      boolean     NOT NULL DEFAULT false,
  object        text        NOT NULL,
  upload        text        NOT NULL DEFAULT '',
  digest        bytea,
  due_at        timestamptz,
  failures      integer     NOT NULL DEFAULT 0,
  failing_since timestamptz,
  trouble       text        NOT NULL DEFAULT '',
  tried_at      timestamptz,
  ended_at      timestamptz,
  CONSTRAINT exports_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT exports_due_at_check CHECK ((due_at IS NULL) = (ended_at IS NOT NULL) AND (ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled')))
);
CREATE INDEX exports_due_at_idx ON exports (due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE exports IS 'exports of the log to sinks, under way or ended';
COMMENT ON COLUMN exports.receiver IS 'where the sink led when the export was asked for: it is brought nowhere else';
COMMENT ON COLUMN exports.decision IS 'range, filter, form and checkpoint, encrypted under the organization''s key';
COMMENT ON COLUMN exports.progress IS 'how its content goes on and what of it is in no part yet, encrypted; null: from its beginning, or it has ended';
COMMENT ON COLUMN exports.next_seq IS 'the first record that was not looked at';
COMMENT ON COLUMN exports.records IS 'how many are in the content so far';
COMMENT ON COLUMN exports.bytes IS 'of the parts that have arrived';
COMMENT ON COLUMN exports.complete IS 'every part has arrived, and the object is to be made of them: from now on nobody cancels it';
COMMENT ON COLUMN exports.upload IS 'what the store calls the upload';
COMMENT ON COLUMN exports.due_at IS 'when somebody may be at it next';

CREATE TABLE export_parts (
  org_id    uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  export_id uuid    NOT NULL,
  n         integer NOT NULL,
  tag       text    NOT NULL,
  CONSTRAINT export_parts_pkey PRIMARY KEY (org_id, export_id, n),
  CONSTRAINT export_parts_org_id_export_id_fkey FOREIGN KEY (org_id, export_id) REFERENCES exports (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE export_parts IS 'what the store calls the parts of an export that have arrived';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['exports', 'export_parts'] LOOP
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

GRANT SELECT (org_id, id, due_at) ON exports TO gatehouse_definer;
CREATE POLICY exports_definer ON exports FOR SELECT TO gatehouse_definer USING (true);

-- One of each organization, the longest due first: who has many waits for itself.
-- +goose StatementBegin
CREATE FUNCTION due_exports(before timestamptz, most integer) RETURNS TABLE (org_id uuid, export uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ WITH due AS (
          SELECT DISTINCT ON (e.org_id) e.org_id, e.id, e.due_at
          FROM public.exports e JOIN public.organizations o ON o.org_id = e.org_id
          WHERE e.due_at <= before AND o.state <> 'deleted' ORDER BY e.org_id, e.due_at, e.id)
        SELECT d.org_id, d.id FROM due d ORDER BY d.due_at LIMIT most $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION due_exports(timestamptz, integer) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION due_exports(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_exports(timestamptz, integer) TO gatehouse_worker;
