-- Who asks admins for more access, and what became of it.
--
-- Everybody has one row at most: asking again takes its place once it is over. What is
-- long over goes with the next request of anybody.

-- +goose Up
CREATE TABLE access_requests (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                          CONSTRAINT access_requests_org_id_fkey REFERENCES organizations (org_id),
  person      uuid        NOT NULL,
  id          uuid        NOT NULL,
  name        text        NOT NULL,
  username    text        NOT NULL,
  guest       boolean     NOT NULL,
  reason      text        NOT NULL,
  made_at     timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  state       text        NOT NULL CONSTRAINT access_requests_state_check CHECK (state IN ('open', 'approved', 'dismissed', 'withdrawn')),
  answer      text        NOT NULL DEFAULT '',
  answer_by   uuid,
  answer_name text        NOT NULL DEFAULT '',
  answer_at   timestamptz,
  CONSTRAINT access_requests_pkey PRIMARY KEY (org_id, person)
);
CREATE INDEX access_requests_made_at_idx ON access_requests (org_id, made_at) WHERE state = 'open';
COMMENT ON TABLE access_requests IS 'what people ask admins for, one of each person';
COMMENT ON COLUMN access_requests.name IS 'display name of the person, as it was when they asked';

ALTER TABLE access_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY access_requests_own ON access_requests TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON access_requests TO gatehouse_api;
