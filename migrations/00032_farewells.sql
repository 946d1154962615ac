-- What a sink of the log is brought last. Whoever removes a sink, or has it lead elsewhere,
-- could otherwise do so unseen by who watches the log there: the record of the change
-- would be the first that does not arrive. The sink as it was is kept for an hour, with
-- its secret as it is encrypted, until that record has arrived.

-- +goose Up
CREATE TABLE sink_farewells (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT sink_farewells_org_id_fkey REFERENCES organizations (org_id),
  id         uuid        NOT NULL,
  sink       jsonb       NOT NULL,
  ciphertext bytea,
  record     uuid        NOT NULL,
  made_at    timestamptz NOT NULL,
  CONSTRAINT sink_farewells_pkey PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE sink_farewells IS 'sinks as they were, which are to get one more record';
COMMENT ON COLUMN sink_farewells.record IS 'id of the record of the change';
ALTER TABLE sink_farewells ENABLE ROW LEVEL SECURITY;
ALTER TABLE sink_farewells FORCE ROW LEVEL SECURITY;
CREATE POLICY sink_farewells_own ON sink_farewells TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON sink_farewells TO gatehouse_api;
