-- What an organization keeps in clear in its log of the calls of some tools: named
-- fields of arguments and results, and of everything else the digest alone.

-- +goose Up
CREATE TABLE recordings (
  org_id    uuid   NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                   CONSTRAINT recordings_org_id_fkey REFERENCES organizations (org_id),
  name      text   NOT NULL CONSTRAINT recordings_name_check CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  tool      text   NOT NULL CONSTRAINT recordings_tool_check CHECK (tool <> ''),
  arguments text[] NOT NULL,
  result    text[] NOT NULL,
  CONSTRAINT recordings_pkey PRIMARY KEY (org_id, name),
  CONSTRAINT recordings_arguments_result_check CHECK (cardinality(arguments) + cardinality(result) > 0)
);
COMMENT ON COLUMN recordings.tool IS 'pattern of the permission names it is for';
COMMENT ON COLUMN recordings.arguments IS 'JSON Pointers (RFC 6901) into the arguments';

ALTER TABLE recordings ENABLE ROW LEVEL SECURITY;
ALTER TABLE recordings FORCE ROW LEVEL SECURITY;
CREATE POLICY recordings_own ON recordings TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON recordings TO gatehouse_api;
