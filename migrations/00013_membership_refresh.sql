-- What the worker needs to keep memberships true: who was seen, who is due, what it
-- may ask with, and which answers have changed.
--
-- A membership is due only while somebody shows tokens of the person; a row whose
-- person is not seen any more is put off until they are. Whatever changes an answer
-- notes its transaction, so that the poll that hears of versions hears of it too.
-- What is kept of on-behalf-of exchanges is encrypted under the organization's key.

-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
  BEGIN
    CREATE ROLE gatehouse_worker NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
  END;
  BEGIN
    IF NOT pg_has_role('gatehouse_worker', 'gatehouse_api', 'MEMBER') THEN
      GRANT gatehouse_api TO gatehouse_worker;
    END IF;
  EXCEPTION WHEN unique_violation OR internal_error THEN -- another database of the cluster is at it
    NULL;
  END;
END
$$;
-- +goose StatementEnd
GRANT USAGE ON SCHEMA public TO gatehouse_worker;

ALTER TABLE memberships
  ALTER COLUMN asked_at DROP NOT NULL,
  ADD COLUMN seen_at     timestamptz,
  ADD COLUMN due_at      timestamptz,
  ADD COLUMN failures    integer NOT NULL DEFAULT 0 CONSTRAINT memberships_failures_check CHECK (failures >= 0),
  ADD COLUMN failure     text    NOT NULL DEFAULT '' CONSTRAINT memberships_failure_check CHECK (octet_length(failure) <= 64),
  ADD COLUMN changed_xid xid8    NOT NULL DEFAULT '0';
UPDATE memberships SET seen_at = asked_at;
ALTER TABLE memberships ALTER COLUMN seen_at SET NOT NULL;
CREATE INDEX memberships_org_id_due_at_idx ON memberships (org_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX memberships_changed_xid_idx ON memberships (changed_xid);
COMMENT ON COLUMN memberships.asked_at IS 'NULL: Graph has never been asked';
COMMENT ON COLUMN memberships.seen_at IS 'when a token of the person was last accepted; moved at most every ten minutes';
COMMENT ON COLUMN memberships.due_at IS 'when the worker is to ask again; NULL: not before the person is seen again';
COMMENT ON COLUMN memberships.failures IS 'refreshes that have failed since the last that did not';
COMMENT ON COLUMN memberships.failure IS 'class of the last failure; empty after success';
COMMENT ON COLUMN memberships.changed_xid IS 'the transaction that last changed an answer';

CREATE TABLE kept_tokens (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT kept_tokens_org_id_fkey REFERENCES organizations (org_id),
  person     uuid        NOT NULL,
  client_id  uuid        NOT NULL,
  resource   text        NOT NULL CONSTRAINT kept_tokens_resource_check CHECK (octet_length(resource) BETWEEN 1 AND 2000),
  ciphertext bytea       NOT NULL CONSTRAINT kept_tokens_ciphertext_check CHECK (octet_length(ciphertext) BETWEEN 1 AND 16384),
  token_id   text        NOT NULL CONSTRAINT kept_tokens_token_id_check CHECK (octet_length(token_id) <= 200),
  made_at    timestamptz NOT NULL,
  used_at    timestamptz NOT NULL,
  CONSTRAINT kept_tokens_pkey PRIMARY KEY (org_id, person, client_id, resource)
);
CREATE INDEX kept_tokens_org_id_used_at_idx ON kept_tokens (org_id, used_at);
COMMENT ON TABLE kept_tokens IS 'Entra''s refresh tokens of on-behalf-of exchanges, encrypted under the organization''s key; the worker goes on with them';
COMMENT ON COLUMN kept_tokens.client_id IS 'the app registration they were given to';
COMMENT ON COLUMN kept_tokens.token_id IS 'of the access token that was exchanged';
COMMENT ON COLUMN kept_tokens.made_at IS 'when that was; what replaces a refresh token in use keeps it';

ALTER TABLE kept_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE kept_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY kept_tokens_own ON kept_tokens TO gatehouse_api
  USING      (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid)
  WITH CHECK (org_id = NULLIF(current_setting('app.org_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON kept_tokens TO gatehouse_api;

GRANT SELECT (org_id, person, seen_at, due_at, changed_xid) ON memberships TO gatehouse_definer;
CREATE POLICY memberships_definer ON memberships FOR SELECT TO gatehouse_definer USING (true);

-- Of each organization that is served the longest due, so that none of them starves
-- the others.
-- +goose StatementBegin
CREATE FUNCTION due_memberships(before timestamptz, each integer, most integer) RETURNS TABLE (org_id uuid, person uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT d.org_id, d.person FROM public.organizations o CROSS JOIN LATERAL (
          SELECT m.org_id, m.person, m.due_at FROM public.memberships m
          WHERE m.org_id = o.org_id AND m.due_at <= before AND m.seen_at > before - interval '2 hours'
          ORDER BY m.due_at LIMIT each) d
        WHERE o.state = 'active' ORDER BY d.due_at LIMIT most $$;
-- +goose StatementEnd

-- While a transaction is long, each poll finds again what was committed since it
-- began: by the transaction it knows what it has heard of.
-- +goose StatementBegin
CREATE FUNCTION membership_changes(since xid8) RETURNS TABLE (org_id uuid, person uuid, changed xid8)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT m.org_id, m.person, m.changed_xid FROM public.memberships m WHERE m.changed_xid >= since $$;
-- +goose StatementEnd

GRANT CREATE ON SCHEMA public TO gatehouse_definer;
ALTER FUNCTION due_memberships(timestamptz, integer, integer) OWNER TO gatehouse_definer;
ALTER FUNCTION membership_changes(xid8) OWNER TO gatehouse_definer;
REVOKE CREATE ON SCHEMA public FROM gatehouse_definer;
REVOKE ALL ON FUNCTION due_memberships(timestamptz, integer, integer), membership_changes(xid8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_memberships(timestamptz, integer, integer) TO gatehouse_worker;
GRANT EXECUTE ON FUNCTION membership_changes(xid8) TO gatehouse_api;
