-- The database roles of the processes. None of them owns a table or bypasses
-- row level security; whoever runs the platform lets them log in.
--
-- Roles belong to the whole cluster, so another database may already have made
-- them, or be making them at this moment.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['gatehouse_api', 'gatehouse_audit_writer', 'gatehouse_operator', 'gatehouse_definer'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO gatehouse_api, gatehouse_audit_writer, gatehouse_operator, gatehouse_definer;
