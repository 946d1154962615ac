-- The audit outbox: every record lands here before anybody sees the result it
-- describes. The audit writer may insert for any organization, in one statement
-- for many of them, and may do nothing else; an organization reads its own.
--
-- The check bounds what one record can cost everybody who shares its batch. The
-- only index is the one that readers need: each record pays for every index.

-- +goose Up
CREATE TABLE audit_outbox (
  org_id  uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid,
  id      uuid        NOT NULL,
  at      timestamptz NOT NULL,
  kind    text        NOT NULL,
  payload bytea       NOT NULL CONSTRAINT audit_outbox_payload_check CHECK (octet_length(payload) <= 98304),
  CONSTRAINT audit_outbox_pkey PRIMARY KEY (org_id, id)
);
ALTER TABLE audit_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_outbox FORCE ROW LEVEL SECURITY;

CREATE POLICY audit_outbox_append ON audit_outbox FOR INSERT TO gatehouse_audit_writer WITH CHECK (true);
CREATE POLICY audit_outbox_own_read ON audit_outbox FOR SELECT TO gatehouse_api
  USING (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
CREATE POLICY audit_outbox_own_append ON audit_outbox FOR INSERT TO gatehouse_api
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT INSERT ON audit_outbox TO gatehouse_audit_writer;
GRANT SELECT, INSERT ON audit_outbox TO gatehouse_api;
