-- The platform's own log: the tree of all organizations' checkpoints, so that whoever
-- holds one of its checkpoints is a witness of everybody's log.
--
-- What an organization has in it lies in rows of its own; the tree holds hashes, and
-- says nothing of whose they are. The worker alone adds to it, and whoever adds holds
-- the one row that says how far it reaches.

-- +goose Up
CREATE TABLE platform_log (
  one        boolean     NOT NULL DEFAULT true CONSTRAINT platform_log_pkey PRIMARY KEY CONSTRAINT platform_log_one_check CHECK (one),
  origin     text        NOT NULL,
  size       bigint      NOT NULL DEFAULT 0,
  grown_at   timestamptz,
  key        text        NOT NULL DEFAULT '',
  checkpoint bytea       NOT NULL DEFAULT '',
  sent       bigint      NOT NULL DEFAULT 0
);
COMMENT ON COLUMN platform_log.origin IS 'names the log; it never changes';
COMMENT ON COLUMN platform_log.sent IS 'size of the last checkpoint that the operator''s sink has taken';

CREATE TABLE platform_log_keys (
  seq       bigint NOT NULL CONSTRAINT platform_log_keys_pkey PRIMARY KEY,
  key       text   NOT NULL,
  signature bytea  NOT NULL
);
COMMENT ON COLUMN platform_log_keys.seq IS 'the first entry under the key';
COMMENT ON COLUMN platform_log_keys.signature IS 'of the key before it, which names it; empty: it is the first, or the one before was lost';

CREATE TABLE platform_leaves (
  leaf bytea  NOT NULL CONSTRAINT platform_leaves_pkey PRIMARY KEY CONSTRAINT platform_leaves_leaf_check CHECK (octet_length(leaf) = 32),
  seq  bigint CONSTRAINT platform_leaves_seq_key UNIQUE
);
CREATE INDEX platform_leaves_leaf_idx ON platform_leaves (leaf) WHERE seq IS NULL;
COMMENT ON COLUMN platform_leaves.seq IS 'its number in the log; NULL: it waits';

CREATE TABLE platform_tiles (
  level  smallint NOT NULL,
  n      bigint   NOT NULL,
  hashes bytea    NOT NULL,
  CONSTRAINT platform_tiles_pkey PRIMARY KEY (level, n)
);
ALTER TABLE platform_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE logged_checkpoints (
  org_id uuid   NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                CONSTRAINT logged_checkpoints_org_id_fkey REFERENCES organizations (org_id),
  size   bigint NOT NULL,
  salt   bytea  NOT NULL,
  note   bytea  NOT NULL,
  leaf   bytea  NOT NULL,
  CONSTRAINT logged_checkpoints_pkey PRIMARY KEY (org_id, size)
);
COMMENT ON TABLE logged_checkpoints IS 'which checkpoints of an organization are in the platform''s log, and the salts that keep others from knowing';

-- +goose StatementBegin
DO $$
BEGIN
  ALTER TABLE logged_checkpoints ENABLE ROW LEVEL SECURITY;
  ALTER TABLE logged_checkpoints FORCE ROW LEVEL SECURITY;
  CREATE POLICY logged_checkpoints_own ON logged_checkpoints TO gatehouse_api
    USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
END
$$;
-- +goose StatementEnd
GRANT SELECT ON platform_log, platform_log_keys, platform_leaves, platform_tiles, logged_checkpoints TO gatehouse_api;
GRANT INSERT ON platform_log, platform_log_keys, platform_leaves, platform_tiles, logged_checkpoints TO gatehouse_worker;
GRANT UPDATE (size, grown_at, key, checkpoint, sent) ON platform_log TO gatehouse_worker;
GRANT UPDATE (seq) ON platform_leaves TO gatehouse_worker;
GRANT UPDATE (hashes) ON platform_tiles TO gatehouse_worker;
GRANT DELETE ON logged_checkpoints TO gatehouse_worker;

GRANT SELECT (org_id, size) ON logged_checkpoints TO gatehouse_definer;
CREATE POLICY logged_checkpoints_definer ON logged_checkpoints FOR SELECT TO gatehouse_definer USING (true);

-- Organizations whose log has grown since a checkpoint of theirs was last taken.
-- +goose StatementBegin
CREATE FUNCTION moved_logs(after uuid, most integer) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT h.org_id FROM public.audit_heads h JOIN public.organizations o ON o.org_id = h.org_id
        WHERE h.org_id > after AND h.size > coalesce((SELECT max(c.size) FROM public.logged_checkpoints c WHERE c.org_id = h.org_id), 0)
        ORDER BY h.org_id LIMIT most $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION moved_logs(uuid, integer) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION moved_logs(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moved_logs(uuid, integer) TO gatehouse_worker;

-- In which form a sink gets records.
ALTER TABLE sinks ADD COLUMN format text NOT NULL DEFAULT 'gatehouse' CONSTRAINT sinks_format_check CHECK (format IN ('gatehouse', 'ocsf'));

-- Onboarding asks where checkpoints go; "not now" is an answer.
ALTER TABLE organizations ADD COLUMN checkpoints_put_off_at timestamptz;
COMMENT ON COLUMN organizations.checkpoints_put_off_at IS 'when somebody said "not now" to where checkpoints go';
