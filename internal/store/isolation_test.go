package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func column(t *testing.T, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// unprotected finds every table with organization data, partitions included,
// on which row level security is not both enabled and forced.
const unprotected = `
	SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
	  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped)
	  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`

func TestEveryOrganizationTableIsProtected(t *testing.T) {
	t.Parallel()
	conn := connect(t, storetest.New(t).Superuser)
	if bare := column(t, conn, unprotected); len(bare) > 0 {
		t.Errorf("tables without forced row level security: %v", bare)
	}
	if _, err := conn.Exec(t.Context(), `
		CREATE TABLE parted (org_id uuid NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
		ALTER TABLE parted ENABLE ROW LEVEL SECURITY; ALTER TABLE parted FORCE ROW LEVEL SECURITY;
		CREATE TABLE parted_2026 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`); err != nil {
		t.Fatal(err)
	}
	if bare := column(t, conn, unprotected); !slices.Equal(bare, []string{"parted_2026"}) {
		t.Errorf("a bare partition is not noticed: %v", bare)
	}
}

func TestEveryTableHoldsAnOrganizationOrIsListed(t *testing.T) {
	t.Parallel()
	conn := connect(t, storetest.New(t).Superuser)
	others := column(t, conn, `
		SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
		  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped) ORDER BY 1`)
	if !slices.Equal(others, []string{"approved_slugs", "console_sessions", "goose_db_version", "invitations", "one_time", "platform_answers", "platform_keys", "platform_leaves", "platform_log", "platform_log_keys", "platform_tiles", "signing_keys", "spent_slugs"}) {
		t.Errorf("tables without org_id: %v", others)
	}
	nullable := column(t, conn, `
		SELECT attrelid::regclass::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND attname = 'org_id' AND NOT attnotnull`)
	if len(nullable) > 0 {
		t.Errorf("org_id may be NULL in %v", nullable)
	}
}

func TestForeignKeysCarryTheOrganization(t *testing.T) {
	t.Parallel()
	conn := connect(t, storetest.New(t).Superuser)
	const crossing = `
		SELECT conname FROM pg_constraint k
		WHERE contype = 'f' AND connamespace = 'public'::regnamespace
		  AND NOT EXISTS (
		    SELECT FROM unnest(k.conkey, k.confkey) AS pair(own, other)
		    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own AND a.attname = 'org_id'
		    JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other AND b.attname = 'org_id')`
	if loose := column(t, conn, crossing); len(loose) > 0 {
		t.Errorf("foreign keys without org_id: %v", loose)
	}
	if _, err := conn.Exec(t.Context(), `
		ALTER TABLE roles ADD CONSTRAINT roles_id_key UNIQUE (id);
		ALTER TABLE assignments ADD CONSTRAINT assignments_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)`); err != nil {
		t.Fatal(err)
	}
	if loose := column(t, conn, crossing); !slices.Equal(loose, []string{"assignments_role_id_fkey"}) {
		t.Errorf("a key without org_id is not noticed: %v", loose)
	}
}

func TestDefinerFunctionsAreExactlyTheList(t *testing.T) {
	t.Parallel()
	conn := connect(t, storetest.New(t).Superuser)
	got := column(t, conn, `
		SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ') ' || pg_get_function_result(p.oid)
		       || ' owner ' || r.rolname || ' path ' || array_to_string(p.proconfig, ',')
		FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
		WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef ORDER BY 1`)
	want := []string{
		"client_id_is_of_another(wanted uuid, org uuid) boolean owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"due_chores(wanted text, before timestamp with time zone, most integer) TABLE(org_id uuid) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"due_export_schedules(before timestamp with time zone, most integer) TABLE(org_id uuid, schedule uuid) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"due_exports(before timestamp with time zone, most integer) TABLE(org_id uuid, export uuid) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"due_keeping(wanted text, before timestamp with time zone, most integer) TABLE(org_id uuid) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"due_memberships(before timestamp with time zone, each integer, most integer) TABLE(org_id uuid, person uuid) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"due_sinks(before timestamp with time zone, each integer, most integer, most_slow integer) TABLE(org_id uuid, sink uuid, slow boolean) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"ends(since xid8) TABLE(org_id uuid, session uuid, person uuid, ended_at timestamp with time zone, expires_at timestamp with time zone) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"logs_under_another_key(wanted text, most integer) SETOF uuid owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"membership_changes(since xid8) TABLE(org_id uuid, person uuid, changed xid8) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"moved_logs(after uuid, most integer) SETOF uuid owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"org_by_graph_hook(wanted uuid) uuid owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"org_by_slug(wanted text) uuid owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"org_by_tid(wanted uuid) uuid owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"organizations_after(after uuid, most integer) SETOF uuid owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"tombstones_after(org uuid, tombstone uuid, most integer) TABLE(org_id uuid, id uuid, line text, applied boolean) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"versions(since xid8) TABLE(org_id uuid, version bigint) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
		"waiting_logs(after uuid, most integer) TABLE(org_id uuid, since timestamp with time zone) owner gatehouse_definer path search_path=pg_catalog, pg_temp",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	public := column(t, conn, `
		SELECT p.proname FROM pg_proc p, aclexplode(p.proacl) g
		WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND g.grantee = 0`)
	if len(public) > 0 {
		t.Errorf("anybody may execute %v", public)
	}
}

func TestNoPolicyMentionsASystemSetting(t *testing.T) {
	t.Parallel()
	conn := connect(t, storetest.New(t).Superuser)
	got := column(t, conn, `
		SELECT DISTINCT (regexp_matches(coalesce(qual, '') || ' ' || coalesce(with_check, ''), 'current_setting\(''([^'']+)''', 'g'))[1]
		FROM pg_policies WHERE schemaname = 'public'`)
	if !slices.Equal(got, []string{"app.org_id"}) {
		t.Errorf("policies read the settings %v", got)
	}
}

func TestProcessRolesOwnNothingAndBypassNothing(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	for _, dsn := range []string{d.API, d.Audit, d.Operator, d.Worker} {
		if err := store.GuardRole(t.Context(), dsn); err != nil {
			t.Error(err)
		}
	}
}

func TestAuditWriterMayOnlyInsert(t *testing.T) {
	t.Parallel()
	conn := connect(t, storetest.New(t).Audit)
	for _, sql := range []string{
		"SELECT * FROM audit_bodies", "DELETE FROM audit_bodies",
		"SELECT * FROM audit_outbox", "UPDATE audit_outbox SET kind = 'x'", "DELETE FROM audit_outbox", "TRUNCATE audit_outbox",
		"SELECT * FROM organizations", "SELECT versions('0')", "SELECT ends('0')", "SELECT membership_changes('0')", "SELECT due_memberships(now(), 1, 1)", "SELECT due_chores('x', now(), 1)", "SELECT due_keeping('x', now(), 1)", "SELECT tombstones_after(gen_random_uuid(), gen_random_uuid(), 1)", "SELECT * FROM tombstones", "SELECT waiting_logs(gen_random_uuid(), 1)", "SELECT logs_under_another_key('x', 1)", "SELECT org_by_slug('contoso')", "SELECT org_by_graph_hook(gen_random_uuid())",
		"SELECT org_by_tid(gen_random_uuid())", "SELECT client_id_is_of_another(gen_random_uuid(), gen_random_uuid())", "SELECT organizations_after(gen_random_uuid(), 1)", "SELECT * FROM signing_keys",
		"INSERT INTO audit_outbox (id, org_id, at, kind, payload) VALUES (gen_random_uuid(), gen_random_uuid(), now(), 'x', '') RETURNING id",
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestApiRoleCannotChangeTheLog(t *testing.T) {
	t.Parallel()
	conn := connect(t, storetest.New(t).API)
	for _, sql := range []string{"UPDATE audit_outbox SET kind = 'x'", "DELETE FROM audit_outbox", "TRUNCATE audit_outbox", "DELETE FROM audit_bodies", "INSERT INTO audit_bodies DEFAULT VALUES", "UPDATE audit_heads SET size = 0", "UPDATE audit_people SET key = ''"} {
		if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
