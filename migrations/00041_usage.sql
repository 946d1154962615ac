-- How an organization's tools are used, in numbers: whoever seals a log adds to them what
-- the records come to, in the same transaction. So they cost a call nothing, and never
-- say anything else than the log has said. Nothing of them names anybody: people are the
-- numbers that they have in the log, and go with them.

-- +goose Up
CREATE TABLE usage_hours (
  org_id   uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                       CONSTRAINT usage_hours_org_id_fkey REFERENCES organizations (org_id) ON DELETE CASCADE,
  hour     timestamptz NOT NULL,
  tool     text        NOT NULL CONSTRAINT usage_hours_tool_check CHECK (octet_length(tool) <= 256),
  calls    bigint      NOT NULL,
  failures bigint      NOT NULL,
  refusals bigint      NOT NULL,
  took     integer[]   NOT NULL,
  CONSTRAINT usage_hours_pkey PRIMARY KEY (org_id, hour, tool)
);
COMMENT ON COLUMN usage_hours.tool IS 'empty: what no tool stands for, refused requests among it';
COMMENT ON COLUMN usage_hours.calls IS 'that were not refused';
COMMENT ON COLUMN usage_hours.took IS 'calls by how long they took, in buckets that package usage knows';

CREATE TABLE usage_people (
  org_id uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  day    date    NOT NULL,
  person integer NOT NULL,
  hours  integer NOT NULL,
  CONSTRAINT usage_people_pkey PRIMARY KEY (org_id, day, person),
  CONSTRAINT usage_people_org_id_person_fkey FOREIGN KEY (org_id, person) REFERENCES audit_people (org_id, person) ON DELETE CASCADE
);
CREATE INDEX usage_people_org_id_person_idx ON usage_people (org_id, person);
COMMENT ON TABLE usage_people IS 'who made calls, by the number in the log';
COMMENT ON COLUMN usage_people.hours IS 'bit n: in hour n of the day, by UTC';

CREATE TABLE usage_clients (
  org_id uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                 CONSTRAINT usage_clients_org_id_fkey REFERENCES organizations (org_id) ON DELETE CASCADE,
  day    date    NOT NULL,
  client text    NOT NULL CONSTRAINT usage_clients_client_check CHECK (octet_length(client) BETWEEN 1 AND 512),
  hours  integer NOT NULL,
  CONSTRAINT usage_clients_pkey PRIMARY KEY (org_id, day, client)
);
COMMENT ON TABLE usage_clients IS 'through which AI clients calls were made, likewise';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['usage_hours', 'usage_people', 'usage_clients'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %I ON %I TO gatehouse_api
      USING      (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)
      WITH CHECK (org_id = NULLIF(current_setting(''app.org_id'', true), '''')::uuid)', name || '_own', name);
    EXECUTE format('GRANT SELECT ON %I TO gatehouse_api', name);
    EXECUTE format('GRANT INSERT, DELETE ON %I TO gatehouse_worker', name);
  END LOOP;
END
$$;
-- +goose StatementEnd
GRANT UPDATE (calls, failures, refusals, took) ON usage_hours TO gatehouse_worker;
GRANT UPDATE (hours) ON usage_people, usage_clients TO gatehouse_worker;
