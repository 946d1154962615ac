-- What is noticed about an organization before its people notice it, and whom it
-- wants to be told.
--
-- An alert is open until its cause is gone; of one cause there is one open row.
-- What is sent to a contact is a row of its own that keeps its text, so that it is
-- the same however often it is tried, and so that nothing is sent twice because two
-- processes noticed the same.

-- +goose Up
CREATE TABLE contacts (
  org_id  uuid    NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                  CONSTRAINT contacts_org_id_fkey REFERENCES organizations (org_id),
  id      uuid    NOT NULL,
  name    text    NOT NULL CONSTRAINT contacts_name_check CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
  email   text    NOT NULL,
  webhook text    NOT NULL,
  shape   text    NOT NULL CONSTRAINT contacts_shape_check CHECK ((webhook = '') = (shape = '') AND shape IN ('', 'plain', 'teams')),
  urgent  boolean NOT NULL,
  digest  boolean NOT NULL,
  secrets integer NOT NULL,
  CONSTRAINT contacts_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT contacts_org_id_name_key UNIQUE (org_id, name) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT contacts_email_check CHECK ((email = '') <> (webhook = ''))
);
COMMENT ON TABLE contacts IS 'whom an organization wants to be told what is noticed';
COMMENT ON COLUMN contacts.secrets IS 'how often the secret of the webhook was made anew; it is derived from the organization''s key and kept nowhere';

CREATE TABLE alerts (
  org_id      uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                          CONSTRAINT alerts_org_id_fkey REFERENCES organizations (org_id),
  id          uuid        NOT NULL,
  kind        text        NOT NULL CONSTRAINT alerts_kind_check CHECK (kind ~ '^[a-z_]{1,32}$'),
  subject     text        NOT NULL CONSTRAINT alerts_subject_check CHECK (octet_length(subject) <= 200),
  stage       integer     NOT NULL,
  facts       jsonb       NOT NULL,
  opened_at   timestamptz NOT NULL,
  resolved_at timestamptz,
  gone_at     timestamptz,
  told        text        NOT NULL CONSTRAINT alerts_told_check CHECK (told IN ('', 'raised', 'resolved')),
  told_stage  integer     NOT NULL,
  told_at     timestamptz,
  CONSTRAINT alerts_pkey PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX alerts_org_id_kind_subject_key ON alerts (org_id, kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX alerts_org_id_resolved_at_idx ON alerts (org_id, resolved_at);
COMMENT ON COLUMN alerts.subject IS 'what of the organization it is about; empty: the organization';
COMMENT ON COLUMN alerts.stage IS 'how far it has come, where a cause comes nearer; else 0';
COMMENT ON COLUMN alerts.facts IS 'what its words are made of';
COMMENT ON COLUMN alerts.gone_at IS 'since when the cause was not seen any more, while it may come back';
COMMENT ON COLUMN alerts.told IS 'what contacts were told last';

CREATE TABLE deliveries (
  org_id     uuid        NOT NULL DEFAULT NULLIF(current_setting('app.org_id', true), '')::uuid
                         CONSTRAINT deliveries_org_id_fkey REFERENCES organizations (org_id),
  id         uuid        NOT NULL,
  contact_id uuid        NOT NULL,
  contact    text        NOT NULL,
  kind       text        NOT NULL CONSTRAINT deliveries_kind_check CHECK (kind IN ('alert', 'resolved', 'digest')),
  cause      text        NOT NULL CONSTRAINT deliveries_cause_check CHECK (octet_length(cause) BETWEEN 1 AND 200),
  alerts     uuid[]      NOT NULL,
  message    bytea       NOT NULL,
  made_at    timestamptz NOT NULL,
  due_at     timestamptz,
  attempts   integer     NOT NULL DEFAULT 0,
  done_at    timestamptz,
  outcome    text        NOT NULL DEFAULT '' CONSTRAINT deliveries_outcome_check CHECK (outcome IN ('', 'sent', 'refused', 'gave_up', 'dropped')),
  trouble    text        NOT NULL DEFAULT '',
  CONSTRAINT deliveries_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT deliveries_org_id_contact_id_cause_key UNIQUE (org_id, contact_id, cause),
  CONSTRAINT deliveries_done_at_check CHECK ((outcome = '') = (done_at IS NULL) AND (outcome = '') = (due_at IS NOT NULL))
);
CREATE INDEX deliveries_org_id_due_at_idx ON deliveries (org_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_org_id_made_at_idx ON deliveries (org_id, made_at);
COMMENT ON TABLE deliveries IS 'what is told to whom: waiting, and what became of it';
COMMENT ON COLUMN deliveries.contact IS 'the contact''s name when it was made';
COMMENT ON COLUMN deliveries.cause IS 'what may be told to the contact once';
COMMENT ON COLUMN deliveries.due_at IS 'when it is tried next; while somebody tries, when the next may';
COMMENT ON COLUMN deliveries.trouble IS 'what went wrong at the last attempt';

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['contacts', 'alerts', 'deliveries'] LOOP
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
