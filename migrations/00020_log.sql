-- What the worker makes of the outbox: an organization's log, sealed. Records with
-- their numbers, the hashes of their tree, and one head that says how far it reaches;
-- whoever seals holds the head's row.
--
-- Every process reads an organization's log, and the worker alone adds to it. A record
-- costs little: what it says is compressed and encrypted, and there are three indexes
-- at most that know of it.

-- +goose Up
CREATE TABLE audit_heads (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT audit_heads_pkey PRIMARY KEY
                         CONSTRAINT audit_heads_org_id_fkey REFERENCES organizations (org_id),
  origin     text        NOT NULL CONSTRAINT audit_heads_origin_check CHECK (octet_length(origin) BETWEEN 1 AND 1000),
  size       bigint      NOT NULL DEFAULT 0,
  first      bigint      NOT NULL DEFAULT 0,
  people     integer     NOT NULL DEFAULT 0,
  sealed_at  timestamptz,
  key        text        NOT NULL DEFAULT '',
  checkpoint bytea       NOT NULL DEFAULT '',
  CONSTRAINT audit_heads_first_check CHECK (first BETWEEN 0 AND size),
  CONSTRAINT audit_heads_sealed_at_check CHECK ((size = 0) = (sealed_at IS NULL))
);
COMMENT ON COLUMN audit_heads.origin IS 'names the log; it never changes';
COMMENT ON COLUMN audit_heads.size IS 'how many records there are, or have been';
COMMENT ON COLUMN audit_heads.first IS 'records below it are gone; their hashes are not';
COMMENT ON COLUMN audit_heads.people IS 'the highest number that a person has';
COMMENT ON COLUMN audit_heads.key IS 'what verifies the checkpoint: name+hash+base64';
COMMENT ON COLUMN audit_heads.checkpoint IS 'of the whole tree, signed';

CREATE TABLE audit_keys (
  org_id    uuid   NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  seq       bigint NOT NULL,
  key       text   NOT NULL CONSTRAINT audit_keys_key_check CHECK (octet_length(key) BETWEEN 1 AND 1000),
  signature bytea  NOT NULL,
  CONSTRAINT audit_keys_pkey PRIMARY KEY (org_id, seq),
  CONSTRAINT audit_keys_org_id_fkey FOREIGN KEY (org_id) REFERENCES audit_heads (org_id)
);
COMMENT ON COLUMN audit_keys.seq IS 'the first record sealed under the key';
COMMENT ON COLUMN audit_keys.signature IS 'of the key before it; of the first key there is none';

CREATE TABLE audit_people (
  org_id uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  person integer NOT NULL CONSTRAINT audit_people_person_check CHECK (person > 0),
  tid    uuid    NOT NULL,
  oid    uuid    NOT NULL,
  key    bytea   NOT NULL,
  CONSTRAINT audit_people_pkey PRIMARY KEY (org_id, person),
  CONSTRAINT audit_people_org_id_fkey FOREIGN KEY (org_id) REFERENCES audit_heads (org_id)
);
CREATE INDEX audit_people_org_id_tid_oid_idx ON audit_people (org_id, tid, oid) WHERE octet_length(key) > 0;
CREATE INDEX audit_people_org_id_oid_idx ON audit_people (org_id, oid);
COMMENT ON COLUMN audit_people.key IS 'what is personal is encrypted under it; itself encrypted under the organization''s; empty: destroyed';

CREATE TABLE audit_records (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  seq        bigint      NOT NULL,
  id         uuid        NOT NULL,
  at         timestamptz NOT NULL,
  sealed_at  timestamptz NOT NULL,
  person     integer,
  subject    integer,
  own        bytea       NOT NULL,
  personal   bytea,
  concerning bytea,
  CONSTRAINT audit_records_pkey PRIMARY KEY (org_id, seq),
  CONSTRAINT audit_records_org_id_id_key UNIQUE (org_id, id)
);
CREATE INDEX audit_records_org_id_person_seq_idx ON audit_records (org_id, person, seq) WHERE person IS NOT NULL;
CREATE INDEX audit_records_org_id_subject_seq_idx ON audit_records (org_id, subject, seq) WHERE subject IS NOT NULL;
ALTER TABLE audit_records ALTER COLUMN own SET STORAGE EXTERNAL, ALTER COLUMN personal SET STORAGE EXTERNAL, ALTER COLUMN concerning SET STORAGE EXTERNAL;
COMMENT ON COLUMN audit_records.person IS 'who did it';
COMMENT ON COLUMN audit_records.subject IS 'whom it is about';
COMMENT ON COLUMN audit_records.own IS 'the fields that belong to nobody';
COMMENT ON COLUMN audit_records.personal IS 'the fields that belong to the person';
COMMENT ON COLUMN audit_records.concerning IS 'the fields that belong to the subject';

CREATE TABLE audit_tiles (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  level       smallint    NOT NULL,
  n           bigint      NOT NULL,
  hashes      bytea       NOT NULL CONSTRAINT audit_tiles_hashes_check CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
  sealed_from timestamptz,
  CONSTRAINT audit_tiles_pkey PRIMARY KEY (org_id, level, n),
  CONSTRAINT audit_tiles_org_id_fkey FOREIGN KEY (org_id) REFERENCES audit_heads (org_id),
  CONSTRAINT audit_tiles_sealed_from_check CHECK ((level = 0) = (sealed_from IS NOT NULL))
);
CREATE INDEX audit_tiles_org_id_sealed_from_idx ON audit_tiles (org_id, sealed_from) WHERE level = 0;
ALTER TABLE audit_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
COMMENT ON COLUMN audit_tiles.hashes IS 'up to 256, of the subtrees of 256^level leaves from n*256 on';
COMMENT ON COLUMN audit_tiles.sealed_from IS 'when the first of its records was sealed';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_heads', 'audit_keys', 'audit_people', 'audit_records', 'audit_tiles'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %I ON %I TO gatehouse_api
      USING      (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)
      WITH CHECK (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)', name || '_own', name);
    EXECUTE format('GRANT SELECT ON %I TO gatehouse_api', name);
    EXECUTE format('GRANT INSERT ON %I TO gatehouse_worker', name);
  END LOOP;
END
$$;
-- +goose StatementEnd
GRANT UPDATE (size, first, people, sealed_at, key, checkpoint) ON audit_heads TO gatehouse_worker; -- whose log it is never changes
GRANT UPDATE (hashes) ON audit_tiles TO gatehouse_worker;

CREATE POLICY audit_outbox_own_take ON audit_outbox FOR DELETE TO gatehouse_worker
  USING (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT DELETE ON audit_outbox TO gatehouse_worker;
-- A record of no instant that a log can have is refused before it waits.
ALTER TABLE audit_outbox ADD CONSTRAINT audit_outbox_at_check CHECK (at >= '1970-01-01 00:00:00+00' AND at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE audit_outbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0.1);

GRANT SELECT (org_id, id, at) ON audit_outbox TO gatehouse_definer;
CREATE POLICY audit_outbox_definer ON audit_outbox FOR SELECT TO gatehouse_definer USING (true);
GRANT SELECT (org_id, key) ON audit_heads TO gatehouse_definer;
CREATE POLICY audit_heads_definer ON audit_heads FOR SELECT TO gatehouse_definer USING (true);

-- Which organizations have records waiting, and since when their first does. It looks
-- at one record of each, however many there are, and answers whatever that one holds.
-- +goose StatementBegin
CREATE FUNCTION waiting_logs(after uuid, most integer) RETURNS TABLE (org_id uuid, since timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ WITH RECURSIVE waiting AS (
          (SELECT o.org_id, o.at FROM public.audit_outbox o WHERE o.org_id > after ORDER BY o.org_id, o.id LIMIT 1)
          UNION ALL
          SELECT n.org_id, n.at FROM waiting w CROSS JOIN LATERAL (
            SELECT o.org_id, o.at FROM public.audit_outbox o WHERE o.org_id > w.org_id ORDER BY o.org_id, o.id LIMIT 1) n)
        SELECT w.org_id, least(greatest(w.at, '1970-01-01 00:00:00+00'), '9999-12-31 00:00:00+00') FROM waiting w LIMIT most $$;
-- +goose StatementEnd

-- Whose checkpoints another key signs than the one that does now, whatever its name; of
-- organizations that are there.
-- +goose StatementBegin
CREATE FUNCTION logs_under_another_key(wanted text, most integer) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT h.org_id FROM public.audit_heads h WHERE h.key <> ''
          AND coalesce(substring(h.key FROM '^[^+]*[+][^+]*[+](.*)$'), h.key) <> coalesce(substring(wanted FROM '^[^+]*[+][^+]*[+](.*)$'), wanted)
          AND EXISTS (SELECT FROM public.organizations o WHERE o.org_id = h.org_id) ORDER BY h.org_id LIMIT most $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION waiting_logs(uuid, integer) OWNER TO gatehouse_definer;
ALTER FUNCTION logs_under_another_key(text, integer) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION waiting_logs(uuid, integer), logs_under_another_key(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waiting_logs(uuid, integer), logs_under_another_key(text, integer) TO gatehouse_worker;
