-- The bodies of calls: what tools were given and what they answered, where the
-- organization wants that kept; and who may read it.
--
-- A body is encrypted before it comes here, under the key of the person who called. So
-- the api process has to know that key before the call is in the log: it gives people
-- their numbers, too, under the same lock as whoever seals. Bodies come beside the
-- waiting records, in the same transaction and from the same role, which cannot read
-- them back.

-- +goose Up
ALTER TABLE recordings ADD COLUMN bodies text NOT NULL DEFAULT '' CONSTRAINT recordings_bodies_check CHECK (bodies IN ('', 'redacted', 'full'));
ALTER TABLE recordings DROP CONSTRAINT recordings_arguments_result_check;
ALTER TABLE recordings ADD CONSTRAINT recordings_arguments_result_check CHECK (cardinality(arguments) + cardinality(result) > 0 OR bodies <> '');
COMMENT ON COLUMN recordings.bodies IS 'what becomes of the whole arguments and result; empty: nothing is kept';

ALTER TABLE organizations
  ADD COLUMN log_body_days         integer     NOT NULL DEFAULT 30 CONSTRAINT organizations_log_body_days_check CHECK (log_body_days BETWEEN 1 AND 3650),
  ADD COLUMN log_body_longer       integer     CONSTRAINT organizations_log_body_longer_check CHECK (log_body_longer BETWEEN 1 AND 3650),
  ADD COLUMN log_body_shorter_from timestamptz,
  ADD CONSTRAINT organizations_log_body_shorter_from_check CHECK ((log_body_longer IS NULL) = (log_body_shorter_from IS NULL) AND (log_body_longer IS NULL OR log_body_longer > log_body_days));
COMMENT ON COLUMN organizations.log_body_longer IS 'the days that are in effect until log_body_shorter_from';

CREATE TABLE audit_bodies (
  org_id uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  call   uuid        NOT NULL,
  part   text        NOT NULL CONSTRAINT audit_bodies_part_check CHECK (part IN ('arguments', 'result')),
  at     timestamptz NOT NULL,
  person integer     NOT NULL CONSTRAINT audit_bodies_person_check CHECK (person >= 0),
  body   bytea       NOT NULL CONSTRAINT audit_bodies_body_check CHECK (octet_length(body) BETWEEN 1 AND 131072),
  CONSTRAINT audit_bodies_pkey PRIMARY KEY (org_id, call, part)
);
CREATE INDEX audit_bodies_org_id_at_idx ON audit_bodies (org_id, at);
CREATE INDEX audit_bodies_org_id_person_idx ON audit_bodies (org_id, person) WHERE person > 0;
ALTER TABLE audit_bodies ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON COLUMN audit_bodies.call IS 'the record of the outcome';
COMMENT ON COLUMN audit_bodies.person IS 'whose key it is encrypted under; 0: nobody''s, so the organization''s';

CREATE TABLE body_grants (
  org_id       uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                           CONSTRAINT body_grants_org_id_fkey REFERENCES organizations (org_id),
  id           uuid        NOT NULL,
  grantee_kind text        NOT NULL CONSTRAINT body_grants_grantee_kind_check CHECK (grantee_kind IN ('person', 'app')),
  grantee_id   uuid        NOT NULL,
  name         text        NOT NULL,
  reason       text        NOT NULL CONSTRAINT body_grants_reason_check CHECK (length(reason) BETWEEN 1 AND 500),
  granted_at   timestamptz NOT NULL,
  granted_by   uuid        NOT NULL,
  granter      text        NOT NULL,
  begins_at    timestamptz NOT NULL,
  ends_at      timestamptz NOT NULL,
  withdrawn_at timestamptz,
  CONSTRAINT body_grants_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT body_grants_ends_at_check CHECK (ends_at > begins_at AND ends_at <= granted_at + interval '30 days')
);
COMMENT ON TABLE body_grants IS 'who may read recorded bodies, until when; no role includes it';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_bodies', 'body_grants'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %I ON %I TO gatehouse_api
      USING      (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)
      WITH CHECK (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)', name || '_own', name);
  END LOOP;
END
$$;
-- +goose StatementEnd
GRANT SELECT, INSERT, DELETE, UPDATE (withdrawn_at) ON body_grants TO gatehouse_api;
GRANT SELECT ON audit_bodies TO gatehouse_api;
GRANT DELETE ON audit_bodies TO gatehouse_worker;
CREATE POLICY audit_bodies_append ON audit_bodies FOR INSERT TO gatehouse_audit_writer WITH CHECK (true);
GRANT INSERT ON audit_bodies TO gatehouse_audit_writer;

ALTER TABLE audit_people ADD COLUMN asked_at timestamptz;
COMMENT ON COLUMN audit_people.asked_at IS 'when a process asked for the key last to encrypt bodies; it may go on using it for a while';
GRANT INSERT, UPDATE (asked_at) ON audit_people TO gatehouse_api;
GRANT UPDATE (people) ON audit_heads TO gatehouse_api;

ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN ('ownership_recovered', 'admin_joined', 'support_requested', 'bodies_opened'));
