-- Who could do what at any instant: what organizations had decided about access, and
-- what was known of their people.
--
-- A configuration is kept once however often it comes back, encrypted under the
-- organization's key; the record of the change that brought it commits to its digest.
-- What was said of somebody's groups is kept as spans of time in which everybody who
-- was asked gave the same answers. Between two spans nothing is known.

-- +goose Up
CREATE TABLE configuration_documents (
  org_id     uuid  NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                   CONSTRAINT configuration_documents_org_id_fkey REFERENCES organizations (org_id),
  digest     bytea NOT NULL,
  ciphertext bytea NOT NULL,
  CONSTRAINT configuration_documents_pkey PRIMARY KEY (org_id, digest)
);
COMMENT ON TABLE configuration_documents IS 'what an organization had decided about access, compressed and encrypted under its key';
COMMENT ON COLUMN configuration_documents.digest IS 'SHA-256 of the canonical bytes, before they were compressed';

CREATE TABLE configurations (
  org_id  uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                      CONSTRAINT configurations_org_id_fkey REFERENCES organizations (org_id),
  version bigint      NOT NULL,
  at      timestamptz NOT NULL,
  record  uuid        NOT NULL,
  digest  bytea       NOT NULL,
  CONSTRAINT configurations_pkey PRIMARY KEY (org_id, version),
  CONSTRAINT configurations_digest_fkey FOREIGN KEY (org_id, digest) REFERENCES configuration_documents (org_id, digest) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX configurations_org_id_at_idx ON configurations (org_id, at);
COMMENT ON COLUMN configurations.version IS 'the organization''s version from which on it held';
COMMENT ON COLUMN configurations.at IS 'the instant of the change''s record in the log';
COMMENT ON COLUMN configurations.record IS 'id of that record';

CREATE TABLE seen_people (
  org_id   uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                       CONSTRAINT seen_people_org_id_fkey REFERENCES organizations (org_id),
  person   uuid        NOT NULL,
  kind     text        NOT NULL CONSTRAINT seen_people_kind_check CHECK (kind IN ('', 'user', 'guest', 'agent')),
  name     text        NOT NULL,
  first_at timestamptz NOT NULL,
  last_at  timestamptz NOT NULL,
  CONSTRAINT seen_people_pkey PRIMARY KEY (org_id, person)
);
COMMENT ON TABLE seen_people IS 'who has shown a token that was accepted';
COMMENT ON COLUMN seen_people.kind IS 'as the last token said; empty: it is not known';
COMMENT ON COLUMN seen_people.last_at IS 'moved at most every ten minutes';

CREATE TABLE membership_spans (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                          CONSTRAINT membership_spans_org_id_fkey REFERENCES organizations (org_id),
  person      uuid        NOT NULL,
  since       timestamptz NOT NULL,
  until       timestamptz NOT NULL,
  source      text        NOT NULL,
  last_source text        NOT NULL,
  member      uuid[]      NOT NULL,
  not_member  uuid[]      NOT NULL,
  CONSTRAINT membership_spans_pkey PRIMARY KEY (org_id, person, since),
  CONSTRAINT membership_spans_source_check CHECK (source IN ('token', 'graph') AND last_source IN ('token', 'graph')),
  CONSTRAINT membership_spans_until_check CHECK (until >= since)
);
CREATE INDEX membership_spans_org_id_until_idx ON membership_spans (org_id, until);
COMMENT ON TABLE membership_spans IS 'what was said of a person''s groups: the same at both ends of a span and in between';
COMMENT ON COLUMN membership_spans.since IS 'when it was said first';
COMMENT ON COLUMN membership_spans.until IS 'when it was said last';
COMMENT ON COLUMN membership_spans.source IS 'who said it first: a token of the person, or Microsoft Graph';
COMMENT ON COLUMN membership_spans.last_source IS 'who said it last';

-- What is known on the day of the migration is where the history begins.
ALTER TABLE memberships NO FORCE ROW LEVEL SECURITY;
INSERT INTO seen_people (org_id, person, kind, name, first_at, last_at) SELECT org_id, person, '', '', seen_at, seen_at FROM memberships;
INSERT INTO membership_spans (org_id, person, since, until, source, last_source, member, not_member)
  SELECT org_id, person, asked_at, asked_at, 'graph', 'graph', member, not_member FROM memberships WHERE asked_at IS NOT NULL;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['configuration_documents', 'configurations', 'seen_people', 'membership_spans'] LOOP
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
