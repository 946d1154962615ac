-- How long logs are kept, and how they are erased: what organizations say, holds, the
-- erasures of people that are under way, and tombstones, which say what has to go again
-- where a backup brings it back.
--
-- The worker alone takes anything out of a log. Of a log whose organization is erased
-- the tree and the head stay, under an id that refers to nothing any more; so those
-- tables no longer refer to organizations. A name in URLs is never given away again:
-- of an erased organization's a digest is kept.

-- +goose Up
ALTER TABLE organizations
  ADD COLUMN log_months       integer     NOT NULL DEFAULT 13 CONSTRAINT organizations_log_months_check CHECK (log_months BETWEEN 1 AND 120),
  ADD COLUMN log_longer       integer     CONSTRAINT organizations_log_longer_check CHECK (log_longer BETWEEN 1 AND 120),
  ADD COLUMN log_shorter_from timestamptz,
  ADD CONSTRAINT organizations_log_shorter_from_check CHECK ((log_longer IS NULL) = (log_shorter_from IS NULL) AND (log_longer IS NULL OR log_longer > log_months));
COMMENT ON COLUMN organizations.log_longer IS 'the months that are in effect until log_shorter_from';

CREATE TABLE log_holds (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                          CONSTRAINT log_holds_org_id_fkey REFERENCES organizations (org_id),
  id          uuid        NOT NULL,
  reason      text        NOT NULL CONSTRAINT log_holds_reason_check CHECK (length(reason) BETWEEN 1 AND 500),
  from_month  text        NOT NULL CONSTRAINT log_holds_from_month_check CHECK (from_month ~ '^([0-9]{4}-[0-9]{2})?$'),
  until_month text        NOT NULL CONSTRAINT log_holds_until_month_check CHECK (until_month ~ '^([0-9]{4}-[0-9]{2})?$'),
  set_at      timestamptz NOT NULL,
  set_by      uuid        NOT NULL,
  ends_at     timestamptz,
  ended_by    uuid,
  CONSTRAINT log_holds_ends_at_check CHECK ((ends_at IS NULL) = (ended_by IS NULL)),
  CONSTRAINT log_holds_pkey PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE log_holds IS 'what keeps records from being removed, for legal reasons';
COMMENT ON COLUMN log_holds.ends_at IS 'of one that was withdrawn: until when it still holds';

CREATE TABLE erasures (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                          CONSTRAINT erasures_org_id_fkey REFERENCES organizations (org_id),
  id          uuid        NOT NULL,
  who         bytea       CONSTRAINT erasures_who_check CHECK (octet_length(who) <= 65536),
  digest      bytea,
  asked_at    timestamptz NOT NULL,
  asked_by    uuid        NOT NULL,
  approved_at timestamptz,
  approved_by uuid,
  scanned     bigint      NOT NULL DEFAULT 0,
  records     bigint      NOT NULL DEFAULT 0,
  fields      bigint      NOT NULL DEFAULT 0,
  done_at     timestamptz,
  due_at      timestamptz,
  named       jsonb       NOT NULL DEFAULT '{}',
  CONSTRAINT erasures_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT erasures_due_at_check CHECK ((due_at IS NULL) = (approved_at IS NULL)),
  CONSTRAINT erasures_approved_at_check CHECK ((approved_at IS NULL) = (approved_by IS NULL)),
  CONSTRAINT erasures_done_at_check CHECK (done_at IS NULL OR approved_at IS NOT NULL AND who IS NULL),
  CONSTRAINT erasures_digest_check CHECK ((who IS NULL) = (digest IS NULL))
);
CREATE UNIQUE INDEX erasures_org_id_digest_key ON erasures (org_id, digest);
COMMENT ON TABLE erasures IS 'people who are to be erased from the log, or were';
COMMENT ON COLUMN erasures.who IS 'object ID and names, encrypted under the organization''s key; NULL: it is done, and nobody knows any more who it was';
COMMENT ON COLUMN erasures.digest IS 'of the object ID: one request a person';
COMMENT ON COLUMN erasures.due_at IS 'since when it is to be done; before, it can be withdrawn';
COMMENT ON COLUMN erasures.named IS 'how many fields were erased that were nobody''s and named the person, by their names';
COMMENT ON COLUMN erasures.scanned IS 'how many records have been looked through';

CREATE TABLE tombstones (
  org_id  uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  id      uuid    NOT NULL,
  line    text    NOT NULL CONSTRAINT tombstones_line_check CHECK (octet_length(line) BETWEEN 1 AND 8192),
  applied boolean NOT NULL,
  CONSTRAINT tombstones_pkey PRIMARY KEY (org_id, id)
);
CREATE INDEX tombstones_applied_idx ON tombstones (org_id, id) WHERE NOT applied;
COMMENT ON TABLE tombstones IS 'what was erased and must not come back; it outlives the organization';
COMMENT ON COLUMN tombstones.line IS 'encrypted under the platform''s key, as it stands in the file beside the database';
COMMENT ON COLUMN tombstones.applied IS 'false: it came from the file, and what it says has to go is here perhaps';

CREATE TABLE spent_slugs (
  digest bytea NOT NULL CONSTRAINT spent_slugs_pkey PRIMARY KEY CONSTRAINT spent_slugs_digest_check CHECK (octet_length(digest) = 32)
);
COMMENT ON TABLE spent_slugs IS 'SHA-256 of the names that erased organizations had in URLs; nobody gets them again';
GRANT SELECT ON spent_slugs TO gatehouse_api;
GRANT INSERT ON spent_slugs TO gatehouse_worker;

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['log_holds', 'erasures', 'tombstones'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %I ON %I TO gatehouse_api
      USING      (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)
      WITH CHECK (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)', name || '_own', name);
  END LOOP;
END
$$;
-- +goose StatementEnd
GRANT SELECT, INSERT, UPDATE, DELETE ON log_holds, erasures TO gatehouse_api;
GRANT SELECT, INSERT, UPDATE (applied) ON tombstones TO gatehouse_worker;

ALTER TABLE audit_heads DROP CONSTRAINT audit_heads_org_id_fkey;
ALTER TABLE audit_heads ADD COLUMN gone_until timestamptz;
GRANT UPDATE (gone_until) ON audit_heads TO gatehouse_worker;
COMMENT ON COLUMN audit_heads.gone_until IS 'when the last record was sealed that is gone; NULL: none is';
GRANT DELETE ON audit_records, audit_people TO gatehouse_worker;
GRANT UPDATE (own, personal, concerning) ON audit_records TO gatehouse_worker;
GRANT UPDATE (tid, oid, key) ON audit_people TO gatehouse_worker;

GRANT SELECT (org_id, id, line, applied) ON tombstones TO gatehouse_definer;
CREATE POLICY tombstones_definer ON tombstones FOR SELECT TO gatehouse_definer USING (true);
GRANT SELECT (deleted_at) ON organizations TO gatehouse_definer;

-- Every organization that has been admitted, served or not, whose turn of a chore has
-- come: a log goes on being kept, and being erased, when its endpoints do not answer.
-- +goose StatementBegin
CREATE FUNCTION due_keeping(wanted text, before timestamptz, most integer) RETURNS TABLE (org_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT o.org_id FROM public.organizations o LEFT JOIN public.chores c ON c.org_id = o.org_id AND c.chore = wanted
        WHERE c.due_at IS NULL OR c.due_at <= before ORDER BY c.due_at NULLS FIRST LIMIT most $$;
-- +goose StatementEnd

-- Tombstones say nothing to whoever lacks the platform's key.
-- +goose StatementBegin
CREATE FUNCTION tombstones_after(org uuid, tombstone uuid, most integer) RETURNS TABLE (org_id uuid, id uuid, line text, applied boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT t.org_id, t.id, t.line, t.applied FROM public.tombstones t WHERE (t.org_id, t.id) > (org, tombstone) ORDER BY t.org_id, t.id LIMIT most $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION due_keeping(text, timestamptz, integer) OWNER TO gatehouse_definer;
ALTER FUNCTION tombstones_after(uuid, uuid, integer) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION due_keeping(text, timestamptz, integer), tombstones_after(uuid, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_keeping(text, timestamptz, integer), tombstones_after(uuid, uuid, integer) TO gatehouse_worker;
