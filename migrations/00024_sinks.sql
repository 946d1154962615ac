-- Where an organization's log goes, and how far it has come.
--
-- A sink's state is a row of its own, which the worker writes and no edit of the
-- configuration touches. Whoever delivers to a sink takes the row for a while; a
-- worker that died is waited for no longer than that. What is secret of a sink lies
-- apart, encrypted under the organization's key.

-- +goose Up
CREATE TABLE sinks (
  org_id      uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                      CONSTRAINT sinks_org_id_fkey REFERENCES organizations (org_id),
  id          uuid    NOT NULL,
  name        text    NOT NULL CONSTRAINT sinks_name_check CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  kind        text    NOT NULL CONSTRAINT sinks_kind_check CHECK (kind IN ('webhook', 'mailbox', 'storage', 'otlp', 'sentinel', 'syslog')),
  checkpoints boolean NOT NULL,
  records     boolean NOT NULL,
  every_s     integer NOT NULL CONSTRAINT sinks_every_s_check CHECK (every_s BETWEEN 300 AND 86400),
  email       text    NOT NULL,
  url         text    NOT NULL,
  key_id      text    NOT NULL,
  region      text    NOT NULL,
  rule        text    NOT NULL,
  stream      text    NOT NULL,
  header      text    NOT NULL,
  secret      uuid,
  secrets     integer NOT NULL,
  CONSTRAINT sinks_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT sinks_org_id_name_key UNIQUE (org_id, name) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT sinks_email_check CHECK ((email = '') <> (url = '')),
  CONSTRAINT sinks_records_check CHECK (checkpoints OR records)
);
COMMENT ON TABLE sinks IS 'where an organization wants its log to go';
COMMENT ON COLUMN sinks.secret IS 'names the row of sink_secrets; null: there is none';
COMMENT ON COLUMN sinks.secrets IS 'how often the secret of a webhook was made anew; it is derived from the organization''s key and kept nowhere';

CREATE TABLE sink_secrets (
  org_id     uuid  NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                   CONSTRAINT sink_secrets_org_id_fkey REFERENCES organizations (org_id),
  id         uuid  NOT NULL,
  ciphertext bytea NOT NULL CONSTRAINT sink_secrets_ciphertext_check CHECK (octet_length(ciphertext) BETWEEN 1 AND 16384),
  CONSTRAINT sink_secrets_pkey PRIMARY KEY (org_id, id)
);

CREATE TABLE sink_states (
  org_id        uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  sink_id       uuid        NOT NULL,
  next_seq      bigint      NOT NULL CONSTRAINT sink_states_next_seq_check CHECK (next_seq >= 0),
  most          integer     NOT NULL CONSTRAINT sink_states_most_check CHECK (most > 0),
  anchored      bigint      NOT NULL DEFAULT 0,
  checkpoint    bytea,
  anchored_at   timestamptz,
  anchor_due_at timestamptz NOT NULL,
  due_at        timestamptz NOT NULL,
  failures      integer     NOT NULL DEFAULT 0 CONSTRAINT sink_states_failures_check CHECK (failures >= 0),
  failing_since timestamptz,
  slow          boolean     NOT NULL DEFAULT false,
  trouble       text        NOT NULL DEFAULT '',
  tried_at      timestamptz,
  arrived_at    timestamptz,
  delivered     bigint      NOT NULL DEFAULT 0,
  CONSTRAINT sink_states_pkey PRIMARY KEY (org_id, sink_id),
  CONSTRAINT sink_states_org_id_sink_id_fkey FOREIGN KEY (org_id, sink_id) REFERENCES sinks (org_id, id) ON DELETE CASCADE
);
CREATE INDEX sink_states_due_at_idx ON sink_states (due_at);
COMMENT ON COLUMN sink_states.next_seq IS 'the first record that has not arrived';
COMMENT ON COLUMN sink_states.most IS 'how many records the next batch may have; less after one was refused';
COMMENT ON COLUMN sink_states.anchored IS 'size of the last checkpoint that arrived';
COMMENT ON COLUMN sink_states.checkpoint IS 'that checkpoint, as it was sent';
COMMENT ON COLUMN sink_states.due_at IS 'when it is tried next; while somebody is at it, when the next may';
COMMENT ON COLUMN sink_states.failures IS 'in a row';
COMMENT ON COLUMN sink_states.slow IS 'the last attempt took long or failed: such wait for places of their own';
COMMENT ON COLUMN sink_states.delivered IS 'records that arrived, repetitions not counted';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['sinks', 'sink_secrets', 'sink_states'] LOOP
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

GRANT SELECT (org_id, size) ON audit_heads TO gatehouse_definer;
GRANT SELECT (org_id, id, checkpoints, records) ON sinks TO gatehouse_definer;
CREATE POLICY sinks_definer ON sinks FOR SELECT TO gatehouse_definer USING (true);
GRANT SELECT (org_id, sink_id, next_seq, anchored, anchor_due_at, due_at, slow) ON sink_states TO gatehouse_definer;
CREATE POLICY sink_states_definer ON sink_states FOR SELECT TO gatehouse_definer USING (true);

-- Of each organization as many as each, the longest due first, so that one with many
-- does not go before others. Of the slow, only as many as most_slow.
-- +goose StatementBegin
CREATE FUNCTION due_sinks(before timestamptz, each integer, most integer, most_slow integer) RETURNS TABLE (org_id uuid, sink uuid, slow boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ WITH due AS (
          SELECT t.org_id, t.sink_id, t.slow, t.due_at, row_number() OVER (PARTITION BY t.org_id, t.slow ORDER BY t.due_at) AS of_org
          FROM public.sink_states t JOIN public.sinks s ON s.org_id = t.org_id AND s.id = t.sink_id
            JOIN public.organizations o ON o.org_id = t.org_id JOIN public.audit_heads h ON h.org_id = t.org_id
          WHERE t.due_at <= before AND o.state <> 'deleted'
            AND (s.records AND t.next_seq < h.size OR s.checkpoints AND t.anchor_due_at <= before AND t.anchored < h.size)),
        ranked AS (SELECT d.*, row_number() OVER (PARTITION BY d.slow ORDER BY d.of_org, d.due_at) AS of_all FROM due d WHERE d.of_org <= each)
        SELECT r.org_id, r.sink_id, r.slow FROM ranked r WHERE r.of_all <= CASE WHEN r.slow THEN most_slow ELSE most END
        ORDER BY r.of_all, r.slow $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION due_sinks(timestamptz, integer, integer, integer) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION due_sinks(timestamptz, integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_sinks(timestamptz, integer, integer, integer) TO gatehouse_worker;
